import type { Serializer } from "../serializers/serializer.ts";
import { resolveSerializer } from "./built-in-serializers.ts";
import { getSettings } from "./configure.ts";

/** The serializer named in the settings. Throws `ConfigurationError` for a name that isn't registered. */
export function getDefaultResultSerializer(): Serializer {
  return resolveSerializer(getSettings().defaultSerializer);
}
