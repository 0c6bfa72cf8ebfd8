import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import type { EdgeBindings } from "../../../src/edge/index.ts";

/** The real bindings, and the names of the calls that were made to them, as `kv.put`. */
export function countedBindings(namespace?: InvalidationNamespaceBinding): EdgeBindings & { calls: string[] } {
  const calls: string[] = [];
  const { RESULT_LOCKS } = env;
  const invalidations = namespace && {
    getByName: (name: string) => counted(namespace.getByName(name), "invalidations", calls),
  };
  return {
    calls,
    kv: counted(env.RESULTS_KV, "kv", calls),
    r2: counted(env.RESULTS_R2, "r2", calls),
    invalidations,
    locks: { getByName: (name) => counted(RESULT_LOCKS.getByName(name), "locks", calls) },
  };
}

/** The caches of the data center, counted too, as `cache.match`, until the test ends. */
export function countCaches(calls: string[]): void {
  const { open } = caches;
  vi.spyOn(caches, "open").mockImplementation(async (name) => counted(await open.call(caches, name), "cache", calls));
}

function counted<T extends object>(binding: T, name: string, calls: string[]): T {
  return new Proxy(binding, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        calls.push(`${name}.${String(property)}`);
        return Reflect.apply(member, target, args);
      };
    },
  });
}
