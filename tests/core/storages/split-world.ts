import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type {
  ResultStorageCapabilities,
  StorageDeleteOptions,
  StorageReadOptions,
  StorageWriteOptions,
} from "../../../src/core/storages/result-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";

export type Call = "read" | "head" | "write" | "delete" | "list";

/** A memory storage that tells what is asked of it, and may be told to fail. */
export class WatchedStorage extends MemoryStorage {
  readonly name: string;
  readonly #calls: string[];
  /** What the next call of this kind fails with, before or after it was done. */
  failure: { call: Call; error: Error; isDone?: boolean } | undefined;
  /** Asked before each call. */
  before: ((name: string) => Promise<unknown>) | undefined;
  readonly readOptions: StorageReadOptions[] = [];
  readonly used: string[] = [];

  constructor(name: string, calls: string[] = []) {
    super();
    this.name = name;
    this.#calls = calls;
  }

  override async read(key: string, options: StorageReadOptions = {}) {
    this.readOptions.push(options);
    return this.#call("read", () => super.read(key, options));
  }

  override async head(key: string, options?: StorageReadOptions) {
    return this.#call("head", () => super.head(key, options));
  }

  override async write(key: string, bytes: Uint8Array, options: StorageWriteOptions) {
    return this.#call("write", () => super.write(key, bytes, options));
  }

  override async delete(key: string, _options?: StorageDeleteOptions) {
    return this.#call("delete", () => super.delete(key));
  }

  noteUse(key: string): void {
    this.used.push(key);
  }

  /** How many rows there are, of whatever kind. */
  async count(): Promise<number> {
    return (await super.list()).records.length;
  }

  async #call<T>(call: Call, work: () => Promise<T>): Promise<T> {
    this.#calls.push(`${call} ${this.name}`);
    await this.before?.(`${call} ${this.name}`);
    const { failure } = this;
    if (failure?.call !== call) return work();
    this.failure = undefined;
    if (failure.isDone) await work();
    throw failure.error;
  }
}

/** `calls` has those of both parts, in their order. */
export function createSplit(consistency: ResultStorageCapabilities["consistency"] = "strong") {
  const calls: string[] = [];
  const capabilities: ResultStorageCapabilities = { consistency, conditionalWrites: true };
  const metadata = Object.assign(new WatchedStorage("head", calls), { capabilities });
  const results = new WatchedStorage("body", calls);
  return { metadata, results, calls, storage: new SplitStorage({ metadata, results }) };
}
