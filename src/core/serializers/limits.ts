import { SerializationError, UnsupportedRecordError } from "../../errors/index.ts";

/** The bytes that a result may have once it is decompressed, unless `maxResultBytes` of a store says otherwise. */
export const defaultMaxBytes = 24 * 2 ** 20;

/** Decompressed text needs this many bytes for each object or array, which take far more memory than `{}` has bytes. */
export const bytesPerObject = 32;

/** The error for a result that is too large for this reader. Another reader may have a higher limit. Its cause says so. */
export function beyondLimit(what: string, maxBytes: number): UnsupportedRecordError {
  const cause = new SerializationError(`${what} more than ${maxBytes} bytes`);
  const remedy = "raise maxResultBytes of the store, or maxBytes of the call";
  return new UnsupportedRecordError(`${cause.message}: ${remedy}`, { cause });
}

/** Returns the `checkText` of `LoadLimits`. */
export function textCheck(maxBytes: number): (text: Uint8Array, perObject?: number) => void {
  return (text, perObject = bytesPerObject) => {
    const most = maxBytes / perObject;
    if (text.length > most && countObjects(text) > most) throw beyondLimit("The objects of the result take", maxBytes);
  };
}

/** Counts `{` and `[`, those inside of strings too, in words of four bytes: single bytes would take three times as long. */
function countObjects(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Int32Array(buffer, byteOffset, length >> 2);
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    // a byte of zeros where `{` or `[` was, which differ in one bit
    const word = (words[i]! | 0x20202020) ^ 0x7b7b7b7b;
    let found = (word - 0x01010101) & ~word & 0x80808080;
    for (; found !== 0; found &= found - 1) count++;
  }
  return count;
}
