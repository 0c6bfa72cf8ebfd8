/** The bytes that one line of 76 characters encodes. */
const bytesPerLine = 57;

/** Base64 in the lines of Python's `base64.encodebytes`, each with a line break at its end. */
export function toBase64Lines(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += bytesPerLine) {
    text += `${btoa(String.fromCharCode(...bytes.subarray(start, start + bytesPerLine)))}\n`;
  }
  return text;
}

/** Throws a `DOMException` unless `text` is base64. Ignores line breaks. */
export function fromBase64Lines(text: string): Uint8Array {
  const chars = atob(text);
  const bytes = new Uint8Array(chars.length);
  for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
  return bytes;
}
