import type * as classes from "./error-classes.ts";
import { brand } from "./reprise-error.ts";

/** Any error of this library. `code` tells which, so a `switch` over it narrows to the class. */
export type AnyRepriseError = InstanceType<(typeof classes)[keyof typeof classes]>;

/**
 * Whether `x` is an error of this library. Errors of another copy of the library (a second bundle, a worker) count too.
 * Never throws.
 *
 * @example
 * ```ts
 * try {
 *   await store.write("report", 1, { ifNoneMatch: "*" });
 * } catch (error) {
 *   if (!isRepriseError(error)) throw error;
 *   switch (error.code) {
 *     case "PRECONDITION_FAILED": // error is a PreconditionFailedError
 *       console.log("There is a report already:", error.key);
 *       break;
 *     default:
 *       throw error;
 *   }
 * }
 * ```
 */
export function isRepriseError(x: unknown): x is AnyRepriseError {
  return typeof x === "object" && x !== null && (x as { [brand]?: unknown })[brand] === true;
}
