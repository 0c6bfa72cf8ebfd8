/** The decoded text, or `undefined` if another writer stored text that isn't percent-encoded. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
