/** Drivers of unstorage as storages, and stores as drivers of unstorage. */
export type { UnstorageDriver } from "./driver.ts";
export {
  repriseDriver,
  type RepriseDriver,
  type RepriseDriverOptions,
  type RepriseItemMeta,
} from "./reprise-driver.ts";
export { UnstorageStorage, type UnstorageStorageOptions } from "./unstorage-storage.ts";
