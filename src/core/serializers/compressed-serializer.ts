import { ConfigurationError, SerializationError } from "../../errors/index.ts";
import type { Serializer } from "../serializer.ts";
import { DevalueSerializer } from "./devalue-serializer.ts";

export interface CompressedSerializerOptions {
  /** What makes the bytes that are compressed; `DevalueSerializer` at first. */
  serializer?: Serializer;
  /** `"gzip"` at first; `"deflate"` is what others call zlib. */
  format?: "gzip" | "deflate";
}

/**
 * Another serializer's bytes, compressed by the platform. Throws `ConfigurationError` for another format. Its type is `"compressed/…"` with the other one's type behind.
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

  constructor({ serializer = new DevalueSerializer(), format = "gzip" }: CompressedSerializerOptions = {}) {
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

  /** Rejects with `SerializationError`, also for bytes that weren't compressed this way. */
  async loads(bytes: Uint8Array): Promise<unknown> {
    let inflated: Uint8Array;
    try {
      inflated = await pipe(bytes, new DecompressionStream(this.#format));
    } catch (cause) {
      throw new SerializationError(`The bytes are no whole ${this.#format}`, { cause });
    }
    return this.#serializer.loads(inflated);
  }
}

async function pipe(bytes: Uint8Array, through: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return new Uint8Array(await new Response(source.pipeThrough(through)).arrayBuffer());
}
