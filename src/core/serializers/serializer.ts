/**
 * The name of a serializer and the options that reading needs, such as `{ type: "compressed/devalue", format: "gzip" }`. The
 * name has at most 64 characters, and `compressed/` at most once. Options are JSON, nested at most 8 deep.
 */
export interface SerializerDescription {
  /** The name of the serializer, such as `"json"`. */
  readonly type: string;
  readonly [option: string]: unknown;
}

/**
 * Turns values into bytes and back. Pass your own serializer to a store, and register it with `registerSerializer` so that
 * others can read its records. `reprise/testing` has the suite that checks one.
 */
export interface Serializer {
  /** The name in records, such as `"json"`. */
  readonly type: string;
  /** The options that reading needs besides the name, as JSON. They are stored in records and passed to the registered factory. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Leaves the hashes of a task's inputs out of the metadata, since somebody could guess inputs by them. */
  readonly omitsInputs?: boolean | undefined;
  /**
   * The bytes of the value as it is at the call. The caller may change the value at once, so read it, and copy its memory,
   * before any `await`. Throws or rejects with a `SerializationError` whose `path` leads to a value that can't be serialized.
   */
  dumps(value: unknown, context?: SerializationContext): Uint8Array | Promise<Uint8Array>;
  /**
   * The value of the bytes, or a promise of it. It may hold views into `bytes`, which the caller must not change afterwards.
   * Throws or rejects with a `SerializationError` for bytes that no value has, with an `UnsupportedRecordError` beyond a limit.
   */
  loads(bytes: Uint8Array, context?: SerializationContext): unknown;
  /**
   * Returns the bytes of `dumps` in a form that is written straight into the record, so that large bodies are copied once.
   * Optional: without it, `dumps` is used.
   */
  dumpsBody?(value: unknown): SerializedBody | Promise<SerializedBody>;
}

/** Limits for results from untrusted sources. */
export interface LoadLimits {
  /** The maximum size of a result that is stored compressed, in bytes. Default: 24 MiB. Serializers that don't compress may ignore it. */
  readonly maxBytes?: number | undefined;
  /**
   * Given for decompressed bytes, which may hold very many values. Call it with the text, as UTF-8, before it is parsed. It
   * throws `UnsupportedRecordError` for more than one object or array in every 32 bytes of the limit, or in `bytesPerObject`.
   */
  readonly checkText?: ((text: Uint8Array, bytesPerObject?: number) => void) | undefined;
}

/**
 * The record around the bytes. A serializer that wraps another one passes the context on. The bytes must not depend on `key`,
 * except to bind them to it, as encryption does.
 */
export interface SerializationContext extends LoadLimits {
  /** The storage key of the record. Absent if the bytes belong to no record. */
  readonly key?: string | undefined;
}

/** Bytes that have yet to be written. */
export interface SerializedBody {
  /** The number of bytes that `writeTo` writes. */
  readonly byteLength: number;
  /** Writes all `byteLength` bytes into `target`, which has that length and begins at a multiple of 8 of its buffer. */
  writeTo(target: Uint8Array): void;
}
