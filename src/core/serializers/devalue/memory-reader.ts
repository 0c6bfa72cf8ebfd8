import { SerializationError } from "../../../errors/index.ts";
import type { MemoryEntry } from "./memory-chunks.ts";
import { alignTo8 } from "../../support/align.ts";
import { builtIn, viewNames } from "./value-marks.ts";

/** Reads the memory behind a text: views as views into the body, buffers and blobs as copies. */
export class MemoryReader {
  readonly #entries: readonly MemoryEntry[];
  readonly #chunks: Uint8Array[];

  /** From `start` on, `body` has chunks of `lengths` bytes, each at a multiple of 8 of its buffer. */
  constructor(entries: readonly MemoryEntry[], lengths: readonly number[], body: Uint8Array, start: number) {
    this.#entries = entries;
    let at = start;
    this.#chunks = lengths.map((length) => {
      const chunk = body.subarray(at, at + length);
      if (chunk.length !== length) throw new SerializationError("The bytes end before the value does");
      at = alignTo8(at + length);
      return chunk;
    });
    // if the value contains the whole buffer, its views have to be views of that buffer
    for (const [kind, chunk, , , maxByteLength] of entries) {
      if (kind === "ArrayBuffer") this.#chunks[chunk] = copyOut(this.#chunks[chunk]!, maxByteLength);
    }
  }

  /** `number` counts from 1. */
  read(number: number): object {
    const [kind, at, offset, byteLength, type, name, lastModified] = this.#entries[number - 1]!;
    const { buffer, byteOffset, length } = this.#chunks[at]!;
    if (!(offset >= 0 && byteLength >= 0 && offset + byteLength <= length)) {
      throw new SerializationError("The bytes name memory that isn't there");
    }
    if (kind === "ArrayBuffer") return buffer;
    const start = byteOffset + offset;
    const content = [new Uint8Array(buffer, start, byteLength)];
    if (kind === "Blob") return new (builtIn(kind))(content, { type });
    if (kind === "File") return new (builtIn(kind))(content, name, { type, lastModified });
    if (!viewNames.test(kind)) throw new SerializationError(`The bytes name an unknown kind of memory, "${kind}"`);
    const View = builtIn(kind) as unknown as Uint8ArrayConstructor;
    return new View(buffer, start, byteLength / (View.BYTES_PER_ELEMENT ?? 1));
  }
}

function copyOut(chunk: Uint8Array, maxByteLength: unknown): Uint8Array {
  const copy = new Uint8Array(
    new ArrayBuffer(chunk.length, maxByteLength === undefined ? {} : { maxByteLength: Number(maxByteLength) }),
  );
  copy.set(chunk);
  return copy;
}
