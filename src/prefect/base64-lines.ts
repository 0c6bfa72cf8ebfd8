/** What one line of 76 characters stands for. */
const bytesPerLine = 57;

/** Base64 as Python's `base64.encodebytes` breaks it into lines, each of them ended. */
export function toBase64Lines(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += bytesPerLine) {
    text += `${btoa(String.fromCharCode(...bytes.subarray(start, start + bytesPerLine)))}\n`;
  }
  return text;
}

/** Throws a `DOMException` for what is no base64; line breaks are passed over. */
export function fromBase64Lines(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
