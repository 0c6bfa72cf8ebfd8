import { UnsupportedRecordError } from "../../errors/index.ts";
import { isSameValue } from "./is-same-value.ts";
import { decodeRecord, encodeRecord, isRecord, type DecodedRecord } from "./record-format.ts";
import type { UnknownHeadFields } from "./record-head.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";
import { describeSerializer, serializerFor } from "../serializers/registry.ts";
import type { Serializer } from "../serializers/serializer.ts";
import { libraryVersion } from "./version.ts";

export interface DeserializeRecordOptions {
  /** Reads bytes that are no record as a bare result, such as values from before this library was used. */
  backupSerializer?: Serializer | undefined;
  /** Reads records of its type, with its own classes. Registered serializers read all others. */
  serializer?: Serializer | undefined;
  /** The requested key: a record of another key is refused. */
  key?: string | undefined;
  /** The maximum size of decompressed bytes. Absent: no limit. More bytes are a `SerializationError`. */
  maxBytes?: number | undefined;
}

/** The fields that equal records share, besides their results. */
const sameFields = ["storageKey", "expiration", "libraryVersion", "storageId", "serializer"] as const;

/** The result, or the error that prevents reading it. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * A result with its metadata. `serialize()` returns the bytes of the record format, the same in every runtime.
 *
 * @example
 * ```ts
 * const record = store.createResultRecord({ rows: 3 }, { key: "report", expiresIn: "1h" });
 * const copy = await ResultRecord.deserialize(await record.serialize());
 * copy.equals(record); // true
 * ```
 */
export class ResultRecord<T = unknown> {
  /** `size`, `etag` and `token` are set as they become known. */
  readonly metadata: ResultRecordMetadata;
  readonly serializer: Serializer;
  readonly #outcome: Outcome<T>;
  /** Fields of the head from a later version, kept when the record is written again. */
  readonly #unknownFields: UnknownHeadFields | undefined;
  /** The captured bytes of the result. */
  #body: Promise<Uint8Array> | undefined;

  /** Created by stores; see `ResultStore.createResultRecord`. */
  constructor(
    metadata: ResultRecordMetadata,
    serializer: Serializer,
    outcome: Outcome<T>,
    unknownFields?: UnknownHeadFields,
  ) {
    this.metadata = metadata;
    this.serializer = serializer;
    this.#outcome = outcome;
    this.#unknownFields = unknownFields;
  }

  /**
   * Reads a record from its bytes. Rejects with `CorruptRecordError` if they are damaged or incomplete. A record that this
   * version or the serializers registered here can't read keeps its metadata, and its `result` throws.
   */
  static async deserialize(bytes: Uint8Array, options: DeserializeRecordOptions = {}): Promise<ResultRecord> {
    const { backupSerializer, key, serializer: preferred, maxBytes } = options;
    if (backupSerializer && !isRecord(bytes)) return deserializeBareResult(bytes, backupSerializer, key);
    const decoded = decodeRecord(bytes, key);
    const serializer = serializerFor(decoded.metadata.serializer, preferred);
    return new ResultRecord(
      decoded.metadata,
      serializer,
      await load(decoded, serializer, maxBytes),
      decoded.unknownFields,
    );
  }

  /** The reverse of `serializeResult` and `serializeMetadata`. Rejects as `deserialize` does, also if the two don't belong together. */
  static async deserializeFromResultAndMetadata(result: Uint8Array, metadata: Uint8Array): Promise<ResultRecord> {
    const bytes = new Uint8Array(metadata.length + result.length);
    bytes.set(metadata);
    bytes.set(result, metadata.length);
    return ResultRecord.deserialize(bytes);
  }

  /** Throws `UnsupportedRecordError` if this version or the serializers registered here can't read it. */
  get result(): T {
    if ("error" in this.#outcome) throw this.#outcome.error;
    return this.#outcome.value;
  }

  /** Whether `result` can be read. */
  get isReadable(): boolean {
    return "value" in this.#outcome;
  }

  /** Whether a storage has kept it. */
  get isPersisted(): boolean {
    return this.metadata.etag !== undefined;
  }

  get expiration(): Date | undefined {
    return this.metadata.expiration;
  }

  /** The whole record. Rejects with `SerializationError`, whose `path` leads to a value that can't be serialized. */
  async serialize(): Promise<Uint8Array> {
    const dumped = this.#body ?? this.#dump();
    // without a pause, nobody can change the result in between
    const body = "then" in dumped ? await dumped : dumped;
    const { bytes, metadata } = encodeRecord(this.metadata, body, this.#unknownFields);
    this.metadata.size = metadata.size!;
    return bytes;
  }

  /** The serializer's bytes alone: the part of `serialize` after the metadata. */
  async serializeResult(): Promise<Uint8Array> {
    const bytes = await this.serialize();
    return bytes.subarray(bytes.length - this.metadata.size!);
  }

  /** The head alone: the part of `serialize` before the result, with the result's size and checksum. */
  async serializeMetadata(): Promise<Uint8Array> {
    const bytes = await this.serialize();
    return bytes.subarray(0, bytes.length - this.metadata.size!);
  }

  /** The same record with the bytes of its result as they are now. Its `serialize` rejects with the error, if there was one. */
  capture(): ResultRecord<T> {
    if (this.#body) return this;
    const captured = new ResultRecord(this.metadata, this.serializer, this.#outcome, this.#unknownFields);
    captured.#body = this.#copyBody();
    captured.#body.catch(() => {});
    return captured;
  }

  /** A record read from the captured bytes, which shares no object with the caller. */
  async copy(): Promise<ResultRecord> {
    const value: unknown = await this.serializer.loads(await this.#body!);
    return new ResultRecord(this.metadata, this.serializer, { value }, this.#unknownFields);
  }

  #dump(): ReturnType<Serializer["dumps"] | NonNullable<Serializer["dumpsBody"]>> {
    const { result, serializer } = this;
    return serializer.dumpsBody ? serializer.dumpsBody(result) : serializer.dumps(result);
  }

  async #copyBody(): Promise<Uint8Array> {
    const dumped = this.#dump();
    const body = "then" in dumped ? await dumped : dumped;
    if (body instanceof Uint8Array) return body.slice();
    const bytes = new Uint8Array(body.byteLength);
    body.writeTo(bytes);
    return bytes;
  }

  /** Whether result, key, expiration, serializer, version and storage are the same. Compares results by their contents; throws as `result` does. */
  equals(other: ResultRecord): boolean {
    const [mine, theirs] = [this.metadata, other.metadata];
    return sameFields.every((name) => isSameValue(mine[name], theirs[name])) && isSameValue(this.result, other.result);
  }
}

/** A record that is unreadable here fails when its result is read. A record that is unreadable everywhere fails at once. */
async function load(
  decoded: DecodedRecord,
  serializer: Serializer,
  maxBytes: number | undefined,
): Promise<Outcome<unknown>> {
  try {
    // reading the body of a later version throws
    return { value: await serializer.loads(decoded.body, { maxBytes }) };
  } catch (error) {
    if (error instanceof UnsupportedRecordError) return { error };
    throw error;
  }
}

async function deserializeBareResult(bytes: Uint8Array, serializer: Serializer, key = ""): Promise<ResultRecord> {
  const value = await serializer.loads(bytes);
  const metadata = {
    storageKey: key,
    createdAt: new Date(),
    serializer: describeSerializer(serializer),
    libraryVersion,
    size: bytes.length,
  };
  return new ResultRecord(metadata, serializer, { value });
}
