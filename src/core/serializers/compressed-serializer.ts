import { ConfigurationError, SerializationError } from "../../errors/index.ts";
import type { LoadLimits, Serializer } from "./serializer.ts";

export interface CompressedSerializerOptions {
  /** The serializer whose bytes are compressed. */
  serializer: Serializer;
  /** Default: `"gzip"`. `"deflate"` is the format of zlib. */
  format?: "gzip" | "deflate";
}

/**
 * Compresses another serializer's bytes by the platform's own means. Its type is `"compressed/…"` followed by the other
 * serializer's type. Throws `ConfigurationError` for another format.
 *
 * @example
 * ```ts
 * const store = createResultStore({ serializer: new CompressedSerializer({ serializer: new JsonSerializer() }) });
 * ```
 */
export class CompressedSerializer implements Serializer {
  readonly type: string;
  /** `format`, and the other serializer's own options under `serializer`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly #serializer: Serializer;
  readonly #format: "gzip" | "deflate";

  constructor({ serializer, format = "gzip" }: CompressedSerializerOptions = {} as CompressedSerializerOptions) {
    if (typeof serializer?.dumps !== "function") {
      throw new ConfigurationError(
        "CompressedSerializer needs the serializer whose bytes it compresses: { serializer: new DevalueSerializer() }",
      );
    }
    if (format !== "gzip" && format !== "deflate") {
      throw new ConfigurationError(`format has to be "gzip" or "deflate"; got ${String(format)}`);
    }
    this.type = `compressed/${serializer.type}`;
    this.options = serializer.options ? { format, serializer: serializer.options } : { format };
    this.#serializer = serializer;
    this.#format = format;
  }

  /** Rejects with `SerializationError`. */
  async dumps(value: unknown): Promise<Uint8Array> {
    return pipe(await this.#serializer.dumps(value), new CompressionStream(this.#format));
  }

  /** Rejects with `SerializationError`, also for bytes in another format, and for bytes that exceed the limit when decompressed. */
  async loads(bytes: Uint8Array, limits: LoadLimits = {}): Promise<unknown> {
    let inflated: Uint8Array;
    try {
      inflated = await pipe(bytes, new DecompressionStream(this.#format), limits.maxBytes);
    } catch (cause) {
      if (cause instanceof SerializationError) throw cause;
      throw new SerializationError(`The bytes are no whole ${this.#format}`, { cause });
    }
    return this.#serializer.loads(inflated, limits);
  }
}

async function pipe(
  bytes: Uint8Array,
  through: CompressionStream | DecompressionStream,
  maxBytes?: number,
): Promise<Uint8Array> {
  const piped = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(through);
  const within = maxBytes === undefined ? piped : piped.pipeThrough(limit(maxBytes));
  return new Uint8Array(await new Response(within).arrayBuffer());
}

function limit(maxBytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = maxBytes;
  return new TransformStream({
    transform(chunk, controller) {
      if ((left -= chunk.length) < 0) throw new SerializationError(`The bytes become more than ${maxBytes}`);
      controller.enqueue(chunk);
    },
  });
}
