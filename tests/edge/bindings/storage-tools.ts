import { env } from "cloudflare:workers";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import { randomId } from "../../../src/core/support/random-id.ts";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";

/** The bindings of wrangler.toml. */
export const {
  RESULTS_KV: kv,
  RESULTS_R2: r2,
  RESULT_INVALIDATIONS: invalidations,
} = env as { RESULTS_KV: KVNamespace; RESULTS_R2: R2Bucket; RESULT_INVALIDATIONS: InvalidationNamespaceBinding };

/** Objects that know of no invalidation. */
export function newInvalidations(): InvalidationNamespaceBinding {
  const world = randomId();
  return { getByName: (name) => invalidations.getByName(world + name) };
}

/** The same objects, as another isolate sees them: nothing is known of them there yet. */
export function elsewhere(namespace: InvalidationNamespaceBinding): InvalidationNamespaceBinding {
  return { getByName: (name) => namespace.getByName(name) };
}

/** Nothing of what tests before left: no records, fences or foreign values. */
export async function clearBindings(): Promise<void> {
  await new KvStorage({ namespace: kv }).clear();
  await new R2Storage({ bucket: r2 }).clear();
}

/** The same binding, with some methods in place of its own, and a count of the calls of each. */
export function wrapBinding<T extends object>(binding: T, instead: Partial<T> = {}) {
  const calls: Record<string, number> = {};
  const wrapped = new Proxy(binding, {
    get(target, name: keyof T & string) {
      const method: unknown = instead[name] ?? target[name];
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return method.apply(target, args) as unknown;
      };
    },
  });
  return { wrapped, calls };
}
