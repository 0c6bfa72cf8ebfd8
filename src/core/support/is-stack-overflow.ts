/** Whether a recursion was too deep, or a length too large. Firefox has an error of its own for the first, of a class without a name in the code. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === "InternalError");
}
