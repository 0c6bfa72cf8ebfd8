import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { LockGrant } from "../../src/core/locks/result-lock-manager.ts";

/** The bytes with the last bit of one byte changed. */
export function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

/** The storage as a plain object, so that a test can replace parts of it. */
export function forwarding(storage: ResultStorage): ResultStorage {
  return {
    type: storage.type,
    capabilities: storage.capabilities,
    read: (...args) => storage.read(...args),
    write: (...args) => storage.write(...args),
    delete: (...args) => storage.delete(...args),
  };
}

/** A storage whose every call rejects with `error`. */
export function failing(error: Error): ResultStorage {
  const fail = async () => {
    throw error;
  };
  const capabilities = { consistency: "strong", conditionalWrites: true } as const;
  return { type: "failing", capabilities, read: fail, write: fail, delete: fail };
}

/** What a test hears of. */
export interface Watch {
  write?: (grant: LockGrant | undefined) => void;
  fence?: (grant: LockGrant) => void;
}

/** The storage, which tells `watch` about grants and fences. */
export function watching(storage: ResultStorage, { write, fence }: Watch): ResultStorage {
  return {
    type: storage.type,
    capabilities: storage.capabilities,
    read: (...args) => storage.read(...args),
    delete: (...args) => storage.delete(...args),
    write: async (key, bytes, options) => {
      write?.(options.grant);
      return storage.write(key, bytes, options);
    },
    fence: async (_key, grant) => fence?.(grant),
  };
}
