import type { ResultStorage } from "../core/storages/result-storage.ts";
import type { ContractCase } from "./contract.ts";
import { storageBytes } from "./storage-bytes.contract.ts";
import { storageConditions } from "./storage-conditions.contract.ts";
import { storageSets } from "./storage-sets.contract.ts";
import type { StoragePlay } from "./storage-scene.ts";

export interface StorageContractOptions {
  /** A storage without records, whose records nobody else needs: every case asks for one. */
  create(): Promise<ResultStorage>;
  /** A second storage over the same records as `first`, such as another tab has. Absent: an instance is a world of its own. */
  another?(first: ResultStorage): Promise<ResultStorage>;
}

/**
 * What every storage promises, one case a promise. What a storage leaves out, or says in its `capabilities` that it
 * can't do, isn't asked for.
 *
 * @example
 * ```ts
 * const cases = storageContract({ create: async () => new MemoryStorage() });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function storageContract(options: StorageContractOptions): ContractCase[] {
  const plays = { ...storageBytes, ...storageConditions, ...storageSets };
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
