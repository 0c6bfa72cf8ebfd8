/** All errors of this library. They share one base class and keep their `cause`. */
export * from "./error-classes.ts";
export { type AnyRepriseError, isRepriseError } from "./is-reprise-error.ts";
export { RepriseError, type RepriseErrorOptions } from "./reprise-error.ts";
