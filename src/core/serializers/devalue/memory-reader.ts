import { SerializationError } from "../../../errors/index.ts";
import type { MemoryEntry } from "./memory-chunks.ts";
import { alignTo8 } from "../../support/align.ts";
import { ValueBounds } from "./value-bounds.ts";
import { builtIn, viewNames } from "./value-marks.ts";

/** The address space that all resizable buffers of a value may reserve together, in bytes. */
const maxReserved = 2 ** 32;

/**
 * Reads the memory behind a text: views as views into the body, buffers and blobs as copies. Each chunk is copied once,
 * however many values show it.
 */
export class MemoryReader {
  readonly #entries: readonly MemoryEntry[];
  readonly #chunks: Uint8Array[];
  readonly #blobs: Blob[] = [];
  readonly #made: object[] = [];
  #reserved = 0;
  readonly #bounds = new ValueBounds();
  /** Bytes that files may still copy. */
  #left: number;

  /** From `start` on, `body` has chunks of `lengths` bytes, each at a multiple of 8 of its buffer. */
  constructor(entries: readonly MemoryEntry[], lengths: readonly number[], body: Uint8Array, start: number) {
    if (lengths.length > entries.length) throw excess();
    this.#entries = entries;
    this.#left = body.length;
    let at = start;
    this.#chunks = lengths.map((length) => {
      const chunk = body.subarray(at, at + length);
      if (chunk.length !== length) throw new SerializationError("The bytes end before the value does");
      at = alignTo8(at + length);
      return chunk;
    });
    // if the value contains the whole buffer, its views have to be views of that buffer
    for (const [kind, place, , , maxByteLength] of entries) {
      const chunk = this.#chunks[place]!;
      const isCopied = chunk.buffer !== body.buffer;
      if (kind === "ArrayBuffer" && !isCopied) this.#chunks[place] = this.#copyOut(chunk, maxByteLength);
    }
  }

  /** `number` counts from 1. */
  read(number: number): object {
    return (this.#made[number] ??= this.#make(this.#entries[number - 1]!));
  }

  #make([kind, at, offset, byteLength, type, name, lastModified]: MemoryEntry): object {
    const chunk = this.#chunks[at]!;
    if (![at, offset, byteLength].every(isCount) || offset + byteLength > chunk.length) {
      throw new SerializationError("The bytes name memory that isn't there");
    }
    if (kind === "ArrayBuffer") return chunk.buffer;
    if (kind === "Blob" || kind === "File") {
      if (!this.#bounds.hasRoomForBlob()) throw excess();
      const whole = (this.#blobs[at] ??= new (builtIn("Blob"))([chunk]) as Blob);
      const blob = whole.slice(offset, offset + byteLength, type as string);
      if (kind === "Blob") return blob;
      // some platforms copy a blob into a file
      if ((this.#left -= byteLength) < 0) throw excess();
      return new (builtIn(kind))([blob], name, { type, lastModified });
    }
    if (typeof kind !== "string" || !viewNames.test(kind)) {
      throw new SerializationError(`The bytes name an unknown kind of memory, "${kind}"`);
    }
    const View = builtIn(kind) as unknown as Uint8ArrayConstructor;
    const length = byteLength / (View.BYTES_PER_ELEMENT ?? 1);
    if (!isCount(length)) throw new SerializationError(`The bytes cut an element of a ${kind}`);
    return new View(chunk.buffer, chunk.byteOffset + offset, length);
  }

  #copyOut(chunk: Uint8Array, maxByteLength: unknown): Uint8Array {
    const options = maxByteLength === undefined ? {} : { maxByteLength: Number(maxByteLength) };
    this.#reserved += options.maxByteLength ?? 0;
    if (this.#reserved > maxReserved) throw excess();
    const copy = new Uint8Array(new ArrayBuffer(chunk.length, options));
    copy.set(chunk);
    return copy;
  }
}

function excess(): SerializationError {
  return new SerializationError("The bytes ask for more memory than a record may");
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
