/** The longest name of a key in its own letters. File systems allow 255 bytes. */
const maxPlainLength = 200;

const encoder = new TextEncoder();

/** The name of an item that holds a record. */
export interface ItemName {
  readonly name: string;
  /** Absent in a name that is a hash: the record's head has its key. */
  readonly key?: string;
}

/**
 * The name of a key's item. It has only lower-case letters, digits, `-` and `_`, because drivers give other characters a
 * meaning, and file systems may ignore case. A long key has its SHA-256 as name.
 */
export async function toItemName(key: string): Promise<string> {
  const plain = `k-${escape(key)}`;
  if (plain.length <= maxPlainLength) return plain;
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(key));
  return `h-${Array.from(new Uint8Array(digest), toHex).join("")}`;
}

/** `undefined` if the item is none of ours. Some drivers return the separator after their `base` as well. */
export function parseItemName(item: string): ItemName | undefined {
  const name = item.replace(/^[:/\\]+/, "");
  if (/^h-[0-9a-f]{64}$/.test(name)) return { name };
  const key = name.startsWith("k-") ? unescape(name.slice(2)) : undefined;
  return key === undefined ? undefined : { name, key };
}

function escape(key: string): string {
  return key.replace(/[^a-z0-9-]/gu, (letter) =>
    Array.from(encoder.encode(letter), (byte) => `_${toHex(byte)}`).join(""),
  );
}

function unescape(text: string): string | undefined {
  try {
    const key = decodeURIComponent(text.replaceAll("_", "%"));
    return escape(key) === text ? key : undefined;
  } catch {
    return undefined;
  }
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
