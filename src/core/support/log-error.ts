/** Writes an error to the console, if the runtime has one. */
export function logError(error: unknown): void {
  const { console } = globalThis as { console?: { error(error: unknown): void } };
  console?.error(error);
}
