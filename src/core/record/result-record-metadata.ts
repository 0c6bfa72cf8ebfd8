import type { SerializerDescription } from "../serializers/serializer.ts";

/** The data of a record without its body. */
export interface ResultRecordMetadata {
  /** The key of the record. */
  storageKey: string;
  /** When the record was created, by the clock of its writer. */
  createdAt: Date;
  /** The time from which the record is stale. Absent: never. */
  expiration?: Date;
  /** Milliseconds after `expiration` for which the record stays, so that a stale result can be served. Default: 0. */
  staleFor?: number;
  /** The names by which `invalidate({ tags })` finds the record. */
  tags?: readonly string[];
  /** The result is an error that was thrown, and is thrown again. */
  isError?: true;
  /** A short hash of each input and of the source, by name, to explain why another call had another key. */
  inputs?: Readonly<Record<string, string>>;
  /** The invalidations that a shared storage had seen when the result began to be computed. Later ones count against it. */
  generation?: number;
  /** The serializer of the result, by its name and options. */
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
