import type { ResultStorage } from "./result-storage.ts";

/**
 * Keeps nothing: every write succeeds, and every read finds no record.
 *
 * @example
 * ```ts
 * const store = createResultStore({ resultStorage: new NullStorage(), cacheResultInMemory: false });
 * await store.getOrCompute("dice", () => Math.random()); // computes each time
 * ```
 */
export class NullStorage implements ResultStorage {
  readonly type = "null";
  readonly capabilities = { consistency: "strong", conditionalWrites: false } as const;

  async read(): Promise<undefined> {}

  async write(): Promise<{ etag: string }> {
    return { etag: "" };
  }

  async delete(): Promise<boolean> {
    return false;
  }

  async list(): Promise<{ records: [] }> {
    return { records: [] };
  }

  async invalidate(): Promise<void> {}

  async clear(): Promise<void> {}
}
