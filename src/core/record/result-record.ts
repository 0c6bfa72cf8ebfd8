import { UnsupportedRecordError } from "../../errors/index.ts";
import { isSameValue } from "./is-same-value.ts";
import { decodeRecord, encodeRecord, isRecord, type DecodedRecord } from "./record-format.ts";
import type { UnknownHeadFields } from "./record-head.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";
import { describeSerializer, serializerFor } from "../serializers/registry.ts";
import type { Serializer } from "../serializers/serializer.ts";
import { libraryVersion } from "./version.ts";

export interface DeserializeRecordOptions {
  /** Reads bytes that are no record as a bare result, such as what was kept before this library came. */
  backupSerializer?: Serializer | undefined;
  /** Reads records of its kind, with the classes that it knows; others are read by what is registered. */
  serializer?: Serializer | undefined;
  /** The key that was asked for: a record of another key is refused. */
  key?: string | undefined;
  /** The most bytes that compressed ones may become; absent: any number. Those that become more are a `SerializationError`. */
  maxBytes?: number | undefined;
}

/** What equal records have in common, beside their results. */
const sameFields = ["storageKey", "expiration", "libraryVersion", "storageId", "serializer"] as const;

/** The result, or why it can't be had. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * A result with its metadata. `serialize()` gives the bytes of the record format, the same in every runtime.
 *
 * @example
 * ```ts
 * const record = store.createResultRecord({ rows: 3 }, { key: "report", expiresIn: "1h" });
 * const copy = await ResultRecord.deserialize(await record.serialize());
 * copy.equals(record); // true
 * ```
 */
export class ResultRecord<T = unknown> {
  /** `size`, `etag` and `token` come to it as they become known. */
  readonly metadata: ResultRecordMetadata;
  readonly serializer: Serializer;
  /** Whether a storage has it. */
  isPersisted = false;
  readonly #outcome: Outcome<T>;
  /** What a later version wrote into the head: kept when the record is written again. */
  readonly #unknownFields: UnknownHeadFields | undefined;

  /** Made by stores; see `ResultStore.createResultRecord`. */
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
   * Reads a record from its bytes. Rejects with `CorruptRecordError` where a bit or a part of them was lost.
   * What this version, or the serializers registered here, can't read keeps its metadata; its `result` throws.
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

  /** The reverse of `serializeResult` and `serializeMetadata`. Rejects as `deserialize` does, also where the two don't belong together. */
  static async deserializeFromResultAndMetadata(result: Uint8Array, metadata: Uint8Array): Promise<ResultRecord> {
    const bytes = new Uint8Array(metadata.length + result.length);
    bytes.set(metadata);
    bytes.set(result, metadata.length);
    return ResultRecord.deserialize(bytes);
  }

  /** Throws `UnsupportedRecordError` where this version, or the serializers registered here, can't read it. */
  get result(): T {
    if ("error" in this.#outcome) throw this.#outcome.error;
    return this.#outcome.value;
  }

  /** Whether `result` can be asked for. */
  get isReadable(): boolean {
    return "value" in this.#outcome;
  }

  get expiration(): Date | undefined {
    return this.metadata.expiration;
  }

  /** The whole record. Rejects with `SerializationError`, whose `path` leads to what can't be carried. */
  async serialize(): Promise<Uint8Array> {
    const { result, serializer } = this;
    const body = await (serializer.dumpsBody ? serializer.dumpsBody(result) : serializer.dumps(result));
    const { bytes, metadata } = encodeRecord(this.metadata, body, this.#unknownFields);
    this.metadata.size = metadata.size!;
    return bytes;
  }

  /** The serializer's bytes alone: what `serialize` gives after the metadata. */
  async serializeResult(): Promise<Uint8Array> {
    const bytes = await this.serialize();
    return bytes.subarray(bytes.length - this.metadata.size!);
  }

  /** The head alone: what `serialize` gives before the result, with the result's size and checksum in it. */
  async serializeMetadata(): Promise<Uint8Array> {
    const bytes = await this.serialize();
    return bytes.subarray(0, bytes.length - this.metadata.size!);
  }

  /** Whether result, key, expiration, serializer, version and storage are the same. Results are compared by their contents; throws as `result` does. */
  equals(other: ResultRecord): boolean {
    const [mine, theirs] = [this.metadata, other.metadata];
    return sameFields.every((name) => isSameValue(mine[name], theirs[name])) && isSameValue(this.result, other.result);
  }
}

/** What can't be read here is for the result's reader to know; what can't be read anywhere is an error at once. */
async function load(
  decoded: DecodedRecord,
  serializer: Serializer,
  maxBytes: number | undefined,
): Promise<Outcome<unknown>> {
  try {
    // asking for the body of a later version throws
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
