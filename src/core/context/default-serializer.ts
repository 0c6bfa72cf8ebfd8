import type { Serializer } from "../serializers/serializer.ts";
import { resolveSerializer } from "./built-in-serializers.ts";
import { getSettings } from "./configure.ts";

/**
 * The serializer named in the settings. Throws `ConfigurationError` for a name that isn't registered.
 *
 * @example
 * ```ts
 * withSettings({ defaultSerializer: "json" }, () => getDefaultResultSerializer().type); // "json"
 * ```
 */
export function getDefaultResultSerializer(): Serializer {
  return resolveSerializer(getSettings().defaultSerializer);
}
