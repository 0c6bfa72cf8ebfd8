import { raceSignal } from "../concurrency/race-signal.ts";
import { later } from "../concurrency/settle-within.ts";
import { ByteReader } from "./byte-reader.ts";

// The format is ustar (POSIX 1003.1-1988). Long names and other extensions are skipped: no file of an archive needs one,
// and their texts take a parser a long time if somebody wants that.

const blockLength = 512;
/** Where the fields of a header begin, and their lengths. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;

/** How many chunks are read before timers get a turn. */
const pullsInARow = 1_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A file in an archive. */
export interface TarFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** The content. Only before the next file is asked for. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** The chunks of a file in an archive. The name has at most 99 letters of ASCII. */
export function* tarFile(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  const header = new Uint8Array(blockLength);
  const set = (field: keyof typeof fields, text: string) => header.set(encoder.encode(text), fields[field][0]);
  const setNumber = (field: keyof typeof fields, value: number) =>
    set(field, value.toString(8).padStart(fields[field][1] - 1, "0"));
  set("name", name);
  setNumber("mode", 0o644);
  setNumber("uid", 0);
  setNumber("gid", 0);
  setNumber("size", bytes.length);
  setNumber("mtime", Math.floor(Date.now() / 1_000));
  set("type", "0");
  set("magic", "ustar\u000000");
  set("checksum", `${checksumOf(header).toString(8).padStart(6, "0")}\0 `);
  yield header;
  if (bytes.length > 0) yield bytes;
  if (bytes.length % blockLength > 0) yield new Uint8Array(-bytes.length & (blockLength - 1));
}

/** The last chunk of an archive. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * blockLength);
}

/** The files of an archive. Throws the stream's error, the signal's reason, and an `Error` for an archive that is damaged or ends early. */
export async function* readTar(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TarFile> {
  const reader = stream.getReader();
  let pulls = 0;
  const bytes = new ByteReader(async () => {
    // chunks that are there at once would let no timer run, and so no signal abort
    if (++pulls % pullsInARow === 0) await new Promise<void>((resolve) => later(0, resolve));
    return (await raceSignal(reader.read(), signal)).value;
  });
  try {
    for (let header = await bytes.take(blockLength); !isZero(header); header = await bytes.take(blockLength)) {
      const { name, size, isFile } = parseHeader(header);
      let left = size;
      const read = async () => ((left = 0), bytes.take(size));
      if (isFile) yield { name, size, read };
      await bytes.skip(left + (-size & (blockLength - 1)));
    }
    for (let rest = await bytes.next(); rest; rest = await bytes.next()) {
      if (!isZero(rest)) throw new Error("Something follows the end of the tar archive");
    }
  } finally {
    // a stream that has stopped never settles this
    void reader.cancel(signal?.reason).catch(() => {});
  }
}

function parseHeader(header: Uint8Array): { name: string; size: number; isFile: boolean } {
  if (numberIn(header, "checksum") !== checksumOf(header)) throw new Error("A header of the tar archive is damaged");
  const type = textIn(header, "type");
  // links, devices and folders have no content
  const size = /[1-6]/.test(type) ? 0 : numberIn(header, "size");
  return { name: textIn(header, "name"), size, isFile: type === "0" || type === "" };
}

function textIn(header: Uint8Array, field: keyof typeof fields): string {
  const [start, length] = fields[field];
  return decoder.decode(header.subarray(start, start + length)).split("\0", 1)[0]!;
}

function numberIn(header: Uint8Array, field: keyof typeof fields): number {
  const text = textIn(header, field).trim();
  if (!/^[0-7]+$/.test(text)) throw new Error("A number in a header of the tar archive can't be read");
  return Number.parseInt(text, 8);
}

/** The sum of the bytes, with spaces in place of the checksum. */
function checksumOf(header: Uint8Array): number {
  const [start, length] = fields.checksum;
  return header.reduce((sum, byte, at) => sum + (at >= start && at < start + length ? 0x20 : byte), 0);
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
