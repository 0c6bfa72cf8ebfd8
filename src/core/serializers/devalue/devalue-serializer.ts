import { DevalueError, unflatten } from "devalue";
import { isRepriseError, SerializationError } from "../../../errors/index.ts";
import type { LoadLimits, SerializedBody, Serializer } from "../serializer.ts";
import { ClassCodecs, type RegisteredClass } from "./class-codecs.ts";
import { layBody, openBody, textIsDevalue, textIsJson } from "./devalue-body.ts";
import { copyChunk, isBlob, type MemoryChunk, type MemoryEntry } from "./memory-chunks.ts";
import { MemoryReader } from "./memory-reader.ts";
import { copyJson } from "../plain-json.ts";
import { refuseReading, refuseThing } from "./refuse-part.ts";
import { mark, type Payload } from "./value-marks.ts";
import { assertBounds } from "./value-bounds.ts";
import { ValueReader } from "./value-reader.ts";
import { ValueWriter } from "./value-writer.ts";

/** The options of `DevalueSerializer`. */
export interface DevalueSerializerOptions {
  /** Classes whose instances can be stored, by their name in records. Readers have to register the same classes. */
  classes?: Readonly<Record<string, RegisteredClass>>;
}

/** `[value in devalue's notation, entries of memory, lengths of chunks]` */
type DevalueText = [value: number | unknown[], entries: MemoryEntry[], lengths: number[]];

/**
 * The default serializer. It supports the data types of structured clone, `Error`s of all types, `URL`, `Temporal`, and the
 * given classes. It preserves repeated references and cycles. It writes typed arrays as their own bytes, and reads them as
 * views into the record without a copy. The record then stays in memory as long as they do. A `Buffer` is read as a
 * `Uint8Array`. Arrays, plain objects, errors and instances of the given classes keep all properties with text as keys.
 *
 * For anything else, including shared memory and a `Map` with properties of its own, it fails with a `SerializationError`
 * whose `path` leads to the value. The page "Values" of the documentation lists both.
 *
 * @example
 * ```ts
 * class Point {
 *   x: number;
 *   y: number;
 *   constructor(x = 0, y = 0) {
 *     this.x = x;
 *     this.y = y;
 *   }
 * }
 * const serializer = new DevalueSerializer({ classes: { Point } });
 * const bytes = await serializer.dumps({ at: new Point(1, 2), seen: new Set(["a"]) });
 * serializer.loads(bytes); // { at: Point { x: 1, y: 2 }, seen: Set { "a" } }
 * ```
 */
export class DevalueSerializer implements Serializer {
  readonly type = "devalue";
  readonly #classes: ClassCodecs;

  constructor({ classes }: DevalueSerializerOptions = {}) {
    this.#classes = new ClassCodecs(classes);
  }

  /** Throws a `SerializationError`, or rejects with one if it has to await a `Blob`. */
  dumps(value: unknown): Uint8Array | Promise<Uint8Array> {
    const body = this.dumpsBody(value);
    return body instanceof Promise ? body.then(toBytes) : toBytes(body);
  }

  dumpsBody(value: unknown): SerializedBody | Promise<SerializedBody> {
    const writer = new ValueWriter(this.#classes);
    try {
      const plain = copyJson(value);
      return plain === undefined ? this.#dumpRich(value, writer) : layBody(textIsJson, JSON.stringify(plain), []);
    } catch (cause) {
      throw this.#explain(value, cause, writer.latest);
    }
  }

  /** Throws `SerializationError`, or `UnsupportedRecordError` for a class that wasn't given, a type that this runtime lacks, or beyond a limit. */
  loads(bytes: Uint8Array, limits?: LoadLimits): unknown {
    try {
      const { mode, text, bytes: body, chunkStart } = openBody(bytes, limits);
      const parsed: unknown = JSON.parse(text);
      if (mode === textIsJson) return parsed;
      const [flattened, entries, lengths] = parsed as DevalueText;
      assertBounds(text, flattened);
      return new ValueReader(new MemoryReader(entries, lengths, body, chunkStart), this.#classes).read(flattened);
    } catch (cause) {
      if (isRepriseError(cause)) throw cause;
      throw new SerializationError("The bytes can't be turned back into a value", { cause });
    }
  }

  #dumpRich(value: unknown, writer: ValueWriter): SerializedBody | Promise<SerializedBody> {
    const text = writer.write(value);
    if (writer.loadsWhole) this.#refuseCycles(text);
    const { entries, chunks } = writer.memory.layOut();
    const lay = (ready: readonly MemoryChunk[]): SerializedBody => {
      const lengths = ready.map(({ start, end }) => end - start);
      return layBody(textIsDevalue, `[${text},${JSON.stringify(entries)},${JSON.stringify(lengths)}]`, ready);
    };
    if (!chunks.some(isBlob)) return lay(chunks);
    const fetched = chunks.map((chunk) =>
      copyChunk(chunk).catch((cause: unknown) => {
        throw this.#explain(value, cause, chunk.source);
      }),
    );
    return Promise.all(fetched).then(lay);
  }

  /** Reads the text as a test: an instance that `load` creates can't be reachable from itself. */
  #refuseCycles(text: string): void {
    const revive = (payload: Payload | number): unknown => {
      if (typeof payload === "number" || payload[0] !== "class" || 3 in payload) return payload;
      if (!this.#classes.named(payload[1])?.load) return payload;
      throw new SerializationError(
        `An instance of "${payload[1]}" leads back to itself. Leave out its load, which needs whole data`,
      );
    };
    unflatten(JSON.parse(text) as unknown[], { [mark]: revive }, { operations: { fromStringValue: () => ({}) } });
  }

  #explain(value: unknown, cause: unknown, latest: unknown): SerializationError {
    if (cause instanceof SerializationError) return cause;
    const stepInto = (thing: object) => this.#classes.dumpOf(thing);
    return cause instanceof DevalueError
      ? refuseThing(value, cause, stepInto)
      : refuseReading(value, cause, stepInto, latest);
  }
}

function toBytes(body: SerializedBody): Uint8Array {
  const bytes = new Uint8Array(body.byteLength);
  body.writeTo(bytes);
  return bytes;
}
