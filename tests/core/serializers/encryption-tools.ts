/** A key of WebCrypto that nobody can export. The same bytes give the same key. */
export function createKey(
  usages: ("encrypt" | "decrypt")[] = ["encrypt", "decrypt"],
  bytes = crypto.getRandomValues(new Uint8Array(32)),
  algorithm = "AES-GCM",
): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, algorithm, false, usages);
}

/** Whether the text occurs in the bytes. */
export function hasText(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}
