/** The name of a serializer and the options that reading needs, such as `{ type: "compressed/devalue", format: "gzip" }`. */
export interface SerializerDescription {
  readonly type: string;
  readonly [option: string]: unknown;
}

/**
 * Values to bytes and back. Give your own to a store, and `registerSerializer` it so that records which name it
 * can be read elsewhere. `reprise/testing` has the suite that checks one.
 */
export interface Serializer {
  /** The name that goes into records, such as `"json"`. */
  readonly type: string;
  /** What reading needs beside the name; goes into records too, and to the factory that `registerSerializer` was given. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Throws or rejects with a `SerializationError` whose `path` leads to what can't be carried. */
  dumps(value: unknown): Uint8Array | Promise<Uint8Array>;
  /** Throws or rejects with a `SerializationError`. May give views into `bytes`, which the caller leaves alone from then on. */
  loads(bytes: Uint8Array, limits?: LoadLimits): unknown;
  /**
   * The same bytes as `dumps` gives, but written straight into the record, so that large bodies are copied once.
   * Optional; `dumps` is used where it is missing.
   */
  dumpsBody?(value: unknown): SerializedBody | Promise<SerializedBody>;
}

/** What one who reads bytes of strangers sets. */
export interface LoadLimits {
  /** The most bytes that compressed ones may become. Serializers that don't compress need not look at it. */
  readonly maxBytes?: number | undefined;
}

/** Bytes that are yet to be laid down. */
export interface SerializedBody {
  readonly byteLength: number;
  /** Writes all `byteLength` bytes into `target`, which is that long and begins at a multiple of 8 of its buffer. */
  writeTo(target: Uint8Array): void;
}
