/** Returns a function for the milliseconds left of a timeout that begins now. */
export function timeLeft(timeout: number | undefined): () => number | undefined {
  const began = performance.now();
  return () => timeout && Math.max(0, timeout - (performance.now() - began));
}
