import { CorruptRecordError, isRepriseError, SerializationError, UnsupportedRecordError } from "../../errors/index.ts";
import { isSameValue } from "./is-same-value.ts";
import { decodeRecord, encodeRecord, isRecord, type DecodedRecord } from "./record-format.ts";
import type { UnknownHeadFields } from "./record-head.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";
import { describeSerializer, serializerFor } from "../serializers/registry.ts";
import type { LoadLimits, SerializationContext, Serializer } from "../serializers/serializer.ts";
import { libraryVersion } from "./version.ts";

/** The options of `ResultRecord.deserialize`. */
export interface DeserializeRecordOptions {
  /** Reads bytes that are no record as a bare result, such as values from before this library was used. */
  backupSerializer?: Serializer | undefined;
  /** Reads records of its type, with its own classes. Registered serializers read all others. */
  serializer?: Serializer | undefined;
  /** The requested key: a record of another key is refused. */
  key?: string | undefined;
  /** The most bytes that a compressed result may become. Default: 24 MiB. The `result` of a larger one throws `UnsupportedRecordError`. */
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
  /** Turns the result into bytes and back. */
  readonly serializer: Serializer;
  readonly #outcome: Outcome<T>;
  /** Fields of the head from a later version, kept when the record is written again. */
  readonly #unknownFields: UnknownHeadFields | undefined;
  readonly #limits: LoadLimits;
  /** The captured bytes of the result. */
  #body: Promise<Uint8Array> | undefined;

  /** Created by stores; see `ResultStore.createResultRecord`. */
  constructor(
    metadata: ResultRecordMetadata,
    serializer: Serializer,
    outcome: Outcome<T>,
    unknownFields?: UnknownHeadFields,
    limits: LoadLimits = {},
  ) {
    this.metadata = metadata;
    this.serializer = serializer;
    this.#outcome = outcome;
    this.#unknownFields = unknownFields;
    this.#limits = limits;
  }

  /**
   * Reads a record from its bytes. Rejects with `CorruptRecordError` if they are damaged or incomplete, or hold no result. A
   * record that this version or the serializers registered here can't read keeps its metadata, and its `result` throws.
   */
  static async deserialize<T = unknown>(
    bytes: Uint8Array,
    options: DeserializeRecordOptions = {},
  ): Promise<ResultRecord<T>> {
    const { backupSerializer, key, serializer: preferred, maxBytes } = options;
    const bare = isRecord(bytes) ? undefined : backupSerializer;
    const decoded = bare ? bareResult(bytes, bare, key) : decodeRecord(bytes, key);
    const { metadata, unknownFields } = decoded;
    const serializer = bare ?? serializerFor(metadata.serializer, preferred);
    const limits = { maxBytes };
    const outcome = (await load(decoded, serializer, { maxBytes, key: metadata.storageKey })) as Outcome<T>;
    return new ResultRecord(metadata, serializer, outcome, unknownFields, limits);
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

  /** When the record expires. `undefined`: never. */
  get expiration(): Date | undefined {
    return this.metadata.expiration;
  }

  /**
   * The whole record. Rejects with `SerializationError`, whose `path` leads to a value that can't be serialized, and for a
   * compressed result beyond the limit of the record's store.
   */
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
    const { metadata, serializer } = this;
    const captured = new ResultRecord(metadata, serializer, this.#outcome, this.#unknownFields, this.#limits);
    captured.#body = this.#copyBody();
    captured.#body.catch(() => {});
    return captured;
  }

  /** A record read from the captured bytes, which shares no object with the caller. */
  async copy(): Promise<ResultRecord<T>> {
    const { metadata, serializer } = this;
    const outcome = (await load({ metadata, body: await this.#body! }, serializer, this.#context)) as Outcome<T>;
    return new ResultRecord(metadata, serializer, outcome, this.#unknownFields, this.#limits);
  }

  /** The same record with another result. */
  withResult(value: T): ResultRecord<T> {
    return new ResultRecord<T>(this.metadata, this.serializer, { value }, this.#unknownFields, this.#limits);
  }

  get #context(): SerializationContext {
    return { ...this.#limits, key: this.metadata.storageKey };
  }

  #dump(): ReturnType<Serializer["dumps"] | NonNullable<Serializer["dumpsBody"]>> {
    const { result, serializer } = this;
    return serializer.dumpsBody ? serializer.dumpsBody(result) : serializer.dumps(result, this.#context);
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
  decoded: Pick<DecodedRecord, "metadata" | "body">,
  serializer: Serializer,
  context: SerializationContext,
): Promise<Outcome<unknown>> {
  try {
    // reading the body of a later version throws
    return { value: await serializer.loads(decoded.body, context) };
  } catch (error) {
    if (error instanceof UnsupportedRecordError) return { error };
    if (isRepriseError(error) && !(error instanceof SerializationError)) throw error;
    const { storageKey: key } = decoded.metadata;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CorruptRecordError(`The result can't be read by "${serializer.type}": ${reason}`, { key, cause: error });
  }
}

function bareResult(
  body: Uint8Array,
  serializer: Serializer,
  storageKey = "",
): Pick<DecodedRecord, "metadata" | "unknownFields" | "body"> {
  const metadata = {
    storageKey,
    createdAt: new Date(),
    serializer: describeSerializer(serializer),
    libraryVersion,
    size: body.length,
  };
  return { metadata, body, unknownFields: undefined };
}
