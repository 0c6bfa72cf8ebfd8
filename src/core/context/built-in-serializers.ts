/**
 * The entries with defaults know these serializers by name, whichever of their exports a page uses first. Importing this
 * module registers them, so `package.json` lists it under `sideEffects`. `reprise/core` never imports it.
 */
import { CompressedSerializer } from "../serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../serializers/json-serializer.ts";
import { findSerializer, registerSerializer } from "../serializers/registry.ts";

registerSerializer("devalue", () => new DevalueSerializer());
registerSerializer("json", () => new JsonSerializer());
registerSerializer("compressed/", ({ format = "gzip", serializer: options }, type) => {
  const serializer = findSerializer({ ...(options as object | undefined), type });
  return serializer && (format === "gzip" || format === "deflate")
    ? new CompressedSerializer({ serializer, format })
    : undefined;
});

export { ResultRecord } from "../record/result-record.ts";
export { resolveSerializer } from "../serializers/registry.ts";
