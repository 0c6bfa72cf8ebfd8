/** A text that stands for bytes in a driver without raw items, as unstorage itself writes it. */
const base64Lead = "base64:";
/** As many arguments as every engine accepts. */
const chunkSize = 0x2000;

/** A text of another writer is no record, and its bytes show that. */
export function fromText(text: string): Uint8Array {
  try {
    if (text.startsWith(base64Lead)) return fromBase64(text.slice(base64Lead.length));
  } catch {
    // no base64
  }
  return new TextEncoder().encode(text);
}

function fromBase64(text: string): Uint8Array {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** The text that keeps bytes. */
export function toText(bytes: Uint8Array): string {
  let letters = "";
  for (let start = 0; start < bytes.length; start += chunkSize) {
    // much faster than a spread
    letters += String.fromCharCode.apply(null, bytes.subarray(start, start + chunkSize) as never);
  }
  return base64Lead + btoa(letters);
}
