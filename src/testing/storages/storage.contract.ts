import type { ResultStorage } from "../../core/storages/result-storage.ts";
import type { ContractCase } from "../cases/contract.ts";
import { storageBytes } from "./storage-bytes.contract.ts";
import { storageBeginnings } from "./storage-beginnings.contract.ts";
import { storageConditions } from "./storage-conditions.contract.ts";
import { storageInvalidation } from "./storage-invalidation.contract.ts";
import { storageSets } from "./storage-sets.contract.ts";
import type { StoragePlay } from "./storage-scene.ts";

/** The options of `storageContract`. */
export interface StorageContractOptions {
  /** An empty storage that nothing else uses. Every case creates one. */
  create(): Promise<ResultStorage>;
  /** A second storage over the same records as `first`, as in another tab. Absent: instances share no records. */
  another?(first: ResultStorage): Promise<ResultStorage>;
}

/**
 * The promises of every storage, one case for each. The suite skips optional methods that are missing, and features that
 * the storage's `capabilities` exclude.
 *
 * @example
 * ```ts
 * const cases = storageContract({ create: async () => new MemoryStorage() });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function storageContract(options: StorageContractOptions): ContractCase[] {
  const plays = { ...storageBytes, ...storageConditions, ...storageSets, ...storageBeginnings, ...storageInvalidation };
  return Object.entries(plays).map(([name, play]) => ({ name, run: () => run(options, play) }));
}

async function run({ create, another }: StorageContractOptions, play: StoragePlay): Promise<void> {
  const one = await create();
  const other = another ? await another(one) : one;
  try {
    await play({ one, other });
  } finally {
    await one.clear?.();
    await one.close?.();
    if (other !== one) await other.close?.();
  }
}
