import { wrapBinding } from "../bindings/storage-tools.ts";

/** What `getWithMetadata` of KV answers with. */
type Found = KVNamespaceGetWithMetadataResult<unknown, unknown>;

/**
 * KV as another location sees it: `isStale` says whether a read answers with what it has answered before, also where that was
 * nothing, as Cloudflare's does for up to a minute.
 */
export function staleKv(kv: KVNamespace, isStale: () => boolean): KVNamespace {
  const remembered = new Map<string, Found>();
  const { wrapped } = wrapBinding<KVNamespace>(kv, {
    getWithMetadata: async (...args: unknown[]) => {
      const key = String(args[0]);
      const before = remembered.get(key);
      if (before && isStale()) return copyOf(before);
      const found = await (kv.getWithMetadata as (...args: unknown[]) => Promise<Found>)(...args);
      remembered.set(key, found);
      return copyOf(found);
    },
  } as Partial<KVNamespace>);
  return wrapped;
}

/** The reader may hand the buffer on. */
function copyOf(found: Found): Found {
  const { value } = found;
  return value instanceof ArrayBuffer ? { ...found, value: value.slice(0) } : found;
}
