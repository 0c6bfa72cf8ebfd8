import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { ResultRecord } from "../record/result-record.ts";
import { libraryVersion } from "../record/version.ts";
import { describeSerializer } from "../serializers/registry.ts";
import { resultStorageIdOf } from "../storages/storage-registry.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** A record that is created now. */
export function createRecord<T>(
  { serializer, now, maxResultBytes: maxBytes, resultStorage }: ResolvedStoreOptions,
  key: string,
  result: T,
  given: Partial<ResultRecordMetadata>,
): ResultRecord<T> {
  const storageId = resultStorageIdOf(resultStorage);
  const metadata: ResultRecordMetadata = {
    storageKey: key,
    createdAt: new Date(now()),
    ...given,
    serializer: describeSerializer(serializer),
    libraryVersion,
    ...(storageId !== undefined && { storageId }),
  };
  return new ResultRecord(metadata, serializer, { value: result }, undefined, { maxBytes });
}
