/** Reprise without defaults: the store and its parts, so that a bundle contains only the parts that it imports. */
export * from "../errors/index.ts";
export { getOrComputeMany, type ComputeMissing, type GetOrComputeManyOptions } from "./batches/get-or-compute-many.ts";
export type { ChangeChannel } from "./cache/change-channel.ts";
export { defaultCache, type DefaultCacheOptions, type ResultCache } from "./cache/memory-cache.ts";
export { followAwaits, type ScopeStorage, type ScopeStorageClass } from "./concurrency/async-scope.ts";
export { consoleReporter, type ConsoleReporterOptions } from "./events/console-reporter.ts";
export type { MissReason, ResultSource, StoreEvent, StoreListener } from "./events/store-event.ts";
export { covers } from "./invalidation/invalidation.ts";
export type { InvalidationsSince, NumberedInvalidation } from "./invalidation/invalidation-table.ts";
export type * from "./invalidation/invalidation.ts";
export { isComputation } from "./locks/holder.ts";
export { IsolationLevel } from "./locks/isolation-level.ts";
export { MemoryLockManager, type MemoryLockManagerOptions } from "./locks/memory-lock-manager.ts";
export type { Progress, ProgressListener, ReportProgress } from "./concurrency/progress.ts";
export type * from "./locks/result-lock-manager.ts";
export { expireRecord } from "./record/expire-record.ts";
export type { ExpirationOptions } from "./record/expiration.ts";
export type { EncodedRecord } from "./record/record-format.ts";
export type { ResultRecordMetadata } from "./record/result-record-metadata.ts";
export { ResultRecord, type DeserializeRecordOptions } from "./record/result-record.ts";
export { defaultStorageKeyFn } from "./record/storage-key.ts";
export type * from "./remote-locks/lock-service.ts";
export { RemoteLockManager, type RemoteLockOptions } from "./remote-locks/remote-lock-manager.ts";
export { CompressedSerializer, type CompressedSerializerOptions } from "./serializers/compressed-serializer.ts";
export type { AnyClass, ClassCodec, RegisteredClass } from "./serializers/devalue/class-codecs.ts";
export { DevalueSerializer, type DevalueSerializerOptions } from "./serializers/devalue/devalue-serializer.ts";
export { encrypted } from "./serializers/encrypted.ts";
export type { EncryptedOptions, EncryptionKey, EncryptionKeys } from "./serializers/encryption-keys.ts";
export { JsonSerializer } from "./serializers/json-serializer.ts";
export {
  registerSerializer,
  resolveSerializer,
  type ResultSerializerInput,
  type SerializerFactory,
} from "./serializers/registry.ts";
export type {
  LoadLimits,
  SerializationContext,
  SerializedBody,
  Serializer,
  SerializerDescription,
} from "./serializers/serializer.ts";
export { UnknownSerializer } from "./serializers/unknown-serializer.ts";
export { MemoryStorage } from "./storages/memory-storage.ts";
export { NullStorage } from "./storages/null-storage.ts";
export type * from "./storages/result-storage.ts";
export { SplitStorage, type SplitStorageOptions } from "./storages/split-storage.ts";
export {
  registerStorage,
  resolveResultStorage,
  resultStorageDiscriminator,
  type ResultStorageInput,
} from "./storages/storage-registry.ts";
export type * from "./options/call-options.ts";
export type { FreshnessOptions } from "./freshness/freshness.ts";
export type { InvalidateTarget } from "./store/invalidate.ts";
export type { KeepingOptions } from "./freshness/keeping.ts";
export type { OfValue } from "./freshness/of-value.ts";
export { readFromMetadata } from "./store/read-from-metadata.ts";
export { ResultStore } from "./store/result-store.ts";
export type * from "./options/scheduler.ts";
export type { SchemaResult, StandardSchema, ValueOf } from "./freshness/standard-schema.ts";
export type { PartialStoreOptions, ResultStoreOptions } from "./options/store-options.ts";
export type { Duration } from "./support/duration.ts";
export { TieredLockManager, type TieredLockManagerOptions } from "./tiers/tiered-lock-manager.ts";
export { TieredStorage, type TieredStorageOptions } from "./tiers/tiered-storage.ts";
export type { TieredWrites } from "./tiers/tiered-writes.ts";
export { listen } from "./watching/listen.ts";
export { subscribe } from "./watching/subscribe.ts";
export type { RecordChange } from "./watching/target-watch.ts";
export { exportRecords, type ExportRecordsOptions } from "./archive/export-records.ts";
export { importRecords, type ImportRecordsOptions, type ImportResult } from "./archive/import-records.ts";
export type { RecordOutcome } from "./archive/archive-format.ts";
