/** The next multiple of 8, which views of eight-byte numbers require. */
export function alignTo8(length: number): number {
  return Math.ceil(length / 8) * 8;
}
