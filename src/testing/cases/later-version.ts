import { xxHash32 } from "../../core/record/xxhash32.ts";

/** The record with the start of a later format version. Its head is valid; its body may be anything. */
export function laterVersion(record: Uint8Array): Uint8Array {
  const bytes = record.slice();
  const view = new DataView(bytes.buffer);
  bytes[4] = 2;
  const head = bytes.subarray(16, 16 + view.getUint32(8, true));
  const checked = new Uint8Array(12 + head.length);
  checked.set(bytes.subarray(0, 12));
  checked.set(head, 12);
  view.setUint32(12, xxHash32(checked), true);
  return bytes;
}
