import type { SerializerDescription } from "../serializers/serializer.ts";

/** What is known of a record without its body. */
export interface ResultRecordMetadata {
  storageKey: string;
  createdAt: Date;
  /** From this moment on the record counts as absent. Absent: never. */
  expiration?: Date;
  serializer: SerializerDescription;
  /** The version of this library that wrote the record. */
  libraryVersion: string;
  /** The name under which the storage was registered, see `registerStorage`. */
  storageId?: string;
  /** Bytes of the body; known once serialized. */
  size?: number;
  /** What the storage gave for this very write. */
  etag?: string;
  /** The fencing token of the lock that it was written under. */
  token?: number;
}
