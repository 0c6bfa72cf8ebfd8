/** What is percent-encoded, or `undefined` where others have put what never was. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
