import type { ContractCase } from "../cases/contract.ts";
import { cachingCases } from "./store-caching.contract.ts";
import { freshnessCases } from "./store-freshness.contract.ts";
import { invalidationCases } from "./store-invalidation.contract.ts";
import { lockingCases } from "./store-locking.contract.ts";
import { progressCases } from "./store-progress.contract.ts";
import { recordCases } from "./store-records.contract.ts";
import type { StoreWorld } from "./store-world.ts";

const cases = [
  ...cachingCases,
  ...freshnessCases,
  ...invalidationCases,
  ...recordCases,
  ...lockingCases,
  ...progressCases,
];

/** The promises of a store over a strongly consistent storage and a lock manager. Each case has a world of its own. */
export function storeContract(createWorld: () => StoreWorld | Promise<StoreWorld>): ContractCase[] {
  return cases.map(([name, run]) => ({
    name,
    async run() {
      const world = await createWorld();
      try {
        await run(world);
      } finally {
        await world.close();
      }
    },
  }));
}
