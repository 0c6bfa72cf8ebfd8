/** The next multiple of 8: what eight-byte numbers need to be viewed in place. */
export function alignTo8(length: number): number {
  return Math.ceil(length / 8) * 8;
}
