/** The longest key that KV accepts, in bytes of UTF-8. */
const maxPlainBytes = 512;
/** The prefix for records under the SHA-256 of their key: keys that KV refuses, and keys with this prefix. */
export const hashedPrefix = "~reprise/sha256/";

const encoder = new TextEncoder();

/** The name of a record in KV. */
export async function toKvKey(key: string): Promise<string> {
  if (isPlain(key)) return key;
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(key));
  return hashedPrefix + Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function isHashed(name: string): boolean {
  return name.startsWith(hashedPrefix);
}

function isPlain(key: string): boolean {
  if (key === "." || key === ".." || isHashed(key)) return false;
  // a UTF-16 unit is at most three bytes of UTF-8, so short keys need no encoding
  return key.length * 3 <= maxPlainBytes || encoder.encode(key).length <= maxPlainBytes;
}
