import type { SerializerDescription } from "../serializers/serializer.ts";

/** The data of a record without its body. */
export interface ResultRecordMetadata {
  storageKey: string;
  createdAt: Date;
  /** The time from which the record counts as absent. Absent: never. */
  expiration?: Date;
  serializer: SerializerDescription;
  /** The version of this library that wrote the record. */
  libraryVersion: string;
  /** The registered name of the storage, see `registerStorage`. */
  storageId?: string;
  /** Bytes of the body. Known once it is serialized. */
  size?: number;
  /** The etag that the storage returned for this write. */
  etag?: string;
  /** The fencing token of the lock that covered the write. */
  token?: number;
}
