/** Bytes of UTF-8 that KV takes as a key. */
const maxPlainBytes = 512;
/** Records whose keys KV doesn't take, or that begin like this themselves, are kept under this and the key's SHA-256. */
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
