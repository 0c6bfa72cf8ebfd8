import type { ResultStorage } from "./result-storage.ts";

/** Keeps nothing: every read finds nothing, every write succeeds. */
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

  async clear(): Promise<void> {}
}
