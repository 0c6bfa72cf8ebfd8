import { ConfigurationError, isRepriseError, SerializationError } from "../../errors/index.ts";
import { beyondLimit, bytesPerObject, defaultMaxBytes, textCheck } from "./limits.ts";
import type { SerializationContext, Serializer } from "./serializer.ts";

/** The options of `CompressedSerializer`. */
export interface CompressedSerializerOptions {
  /** The serializer whose bytes are compressed. */
  serializer: Serializer;
  /** Default: `"gzip"`. `"deflate"` is the format of zlib. */
  format?: "gzip" | "deflate";
}

/** The start of the type of a `CompressedSerializer`. */
export const compressedPrefix = "compressed/";

/** Some platforms inflate a whole chunk before anybody can stop them, and a byte may become a thousand. */
const chunkLength = 16_384;

/**
 * Compresses another serializer's bytes by the platform's own means. Its type is `"compressed/…"` followed by the other
 * serializer's type. Throws `ConfigurationError` for another format, and for a serializer that compresses already.
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
  readonly omitsInputs: boolean | undefined;
  readonly #serializer: Serializer;
  readonly #format: "gzip" | "deflate";

  constructor({ serializer, format = "gzip" }: CompressedSerializerOptions = {} as CompressedSerializerOptions) {
    if (typeof serializer?.dumps !== "function") {
      throw new ConfigurationError(
        "CompressedSerializer needs the serializer whose bytes it compresses: { serializer: new DevalueSerializer() }",
      );
    }
    if (serializer.type.startsWith(compressedPrefix)) {
      throw new ConfigurationError(`"${serializer.type}" compresses already: give CompressedSerializer the one inside`);
    }
    if (format !== "gzip" && format !== "deflate") {
      throw new ConfigurationError(`format has to be "gzip" or "deflate"; got ${String(format)}`);
    }
    this.type = compressedPrefix + serializer.type;
    this.options = serializer.options ? { format, serializer: serializer.options } : { format };
    this.omitsInputs = serializer.omitsInputs;
    this.#serializer = serializer;
    this.#format = format;
  }

  /** Rejects with `SerializationError`, also for bytes that nobody could read again under the same limit. */
  async dumps(value: unknown, context: SerializationContext = {}): Promise<Uint8Array> {
    const { key, maxBytes = defaultMaxBytes } = context;
    const dumped = this.#serializer.dumps(value, context);
    // they may be the value's own memory, which the caller may change
    const bytes = "then" in dumped ? await dumped : dumped.slice();
    if (bytes.length > maxBytes / bytesPerObject) await this.#assertReadable(bytes, maxBytes, key);
    return pipe(bytes, new CompressionStream(this.#format), Infinity);
  }

  /** Rejects with `SerializationError`, also for bytes in another format, with `UnsupportedRecordError` beyond a limit. */
  async loads(bytes: Uint8Array, { key, maxBytes = defaultMaxBytes }: SerializationContext = {}): Promise<unknown> {
    let inflated: Uint8Array;
    try {
      inflated = await pipe(bytes, new DecompressionStream(this.#format), maxBytes);
    } catch (cause) {
      if (isRepriseError(cause)) throw cause;
      throw new SerializationError(`The bytes are no whole ${this.#format}`, { cause });
    }
    return this.#load(inflated, maxBytes, key);
  }

  #load(bytes: Uint8Array, maxBytes: number, key: string | undefined): unknown {
    return this.#serializer.loads(bytes, { key, maxBytes, checkText: textCheck(maxBytes) });
  }

  async #assertReadable(bytes: Uint8Array, maxBytes: number, key: string | undefined): Promise<void> {
    try {
      if (bytes.length > maxBytes) throw beyondLimit("The result becomes", maxBytes);
      await this.#load(bytes, maxBytes, key);
    } catch (cause) {
      throw new SerializationError(`Nobody could read the result again: ${String(cause)}`, { cause });
    }
  }
}

async function pipe(
  bytes: Uint8Array,
  through: CompressionStream | DecompressionStream,
  maxBytes: number,
): Promise<Uint8Array> {
  const reader = inChunks(bytes).pipeThrough<Uint8Array>(through).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); part.value; part = await reader.read()) {
    chunks.push(part.value);
    if ((length += part.value.length) <= maxBytes) continue;
    void reader.cancel();
    throw beyondLimit("The result becomes", maxBytes);
  }
  const whole = new Uint8Array(length);
  // a chunk that is copied can be collected
  for (let chunk = chunks.pop(); chunk; chunk = chunks.pop()) whole.set(chunk, (length -= chunk.length));
  return whole;
}

function inChunks(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, (at += chunkLength)));
      else controller.close();
    },
  });
}
