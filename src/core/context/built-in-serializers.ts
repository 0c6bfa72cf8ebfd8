/**
 * The entries with defaults need these serializers by name, whichever of their exports a page imports first. Importing this
 * module registers them, so `package.json` lists it under `sideEffects`. `reprise/core` never imports it.
 */
import { CompressedSerializer, compressedPrefix } from "../serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../serializers/json-serializer.ts";
import { findSerializer, isRegistered, registerSerializer, type SerializerFactory } from "../serializers/registry.ts";

const builtIns: Readonly<Record<string, SerializerFactory>> = {
  devalue: () => new DevalueSerializer(),
  json: () => new JsonSerializer(),
  [compressedPrefix]: ({ format = "gzip", serializer: options }, type) => {
    const serializer = type.startsWith(compressedPrefix)
      ? undefined
      : findSerializer({ ...(options as object | undefined), type });
    return serializer && (format === "gzip" || format === "deflate")
      ? new CompressedSerializer({ serializer, format })
      : undefined;
  },
};
// a module of the page may have registered its own serializer before, through `reprise/core`
for (const [type, factory] of Object.entries(builtIns)) if (!isRegistered(type)) registerSerializer(type, factory);

export { ResultRecord } from "../record/result-record.ts";
export { resolveSerializer } from "../serializers/registry.ts";
