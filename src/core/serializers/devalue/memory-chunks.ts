/** `[kind, chunk, offset in the chunk, bytes, ...extra data of the kind]`: one entry for each view, buffer or blob. */
export type MemoryEntry = readonly [
  kind: string,
  chunk: number,
  offset: number,
  byteLength: number,
  ...extra: unknown[],
];

/** Bytes `from` to `end` of `source`. In a body they begin at a multiple of 8, with zeros from `start` to `from`. */
export interface MemoryChunk {
  readonly source: ArrayBuffer | Blob;
  /** `from` rounded down to a multiple of 8, so that every view keeps its alignment. */
  readonly start: number;
  readonly from: number;
  end: number;
}

interface MemoryRange {
  readonly kind: string;
  readonly source: ArrayBuffer | Blob;
  readonly start: number;
  readonly byteLength: number;
  readonly extra: readonly unknown[];
}

/**
 * Collects the memory that a value's views show, to be written after its text. Only visible ranges are written. Adjacent
 * ranges of one buffer become one chunk, so that they share memory after reading.
 */
export class MemoryChunks {
  readonly #ranges: MemoryRange[] = [];

  /** Returns the number, from 1 on, that represents the range in the text. */
  add(kind: string, source: ArrayBuffer | Blob, start: number, byteLength: number, ...extra: unknown[]): number {
    return this.#ranges.push({ kind, source, start, byteLength, extra });
  }

  layOut(): { entries: MemoryEntry[]; chunks: MemoryChunk[] } {
    const chunks: MemoryChunk[] = [];
    const entries: MemoryEntry[] = [];
    const latest = new Map<unknown, number>();
    const inOrder = this.#ranges.map((range, i) => ({ ...range, i })).sort((a, b) => a.start - b.start);
    for (const { i, kind, source, start, byteLength, extra } of inOrder) {
      let at = latest.get(source) ?? -1;
      let chunk = chunks[at];
      if (!chunk || start > chunk.end) {
        chunk = { source, start: start - (start % 8), from: start, end: start };
        at = chunks.push(chunk) - 1;
        latest.set(source, at);
      }
      chunk.end = Math.max(chunk.end, start + byteLength);
      entries[i] = [kind, at, start - chunk.start, byteLength, ...extra];
    }
    return { entries, chunks };
  }
}

export function isBlob({ source }: MemoryChunk): boolean {
  return "type" in source;
}

/** A chunk of its own bytes, which the owner of a buffer can't change any more. Rejects if a file can't be read. */
export async function copyChunk({ source, start, from, end }: MemoryChunk): Promise<MemoryChunk> {
  const bytes = "type" in source ? await source.arrayBuffer() : source.slice(from, end);
  return { source: bytes, start: start - from, from: 0, end: end - from };
}
