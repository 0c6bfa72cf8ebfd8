/** Details that an error of this library can carry in addition to its message. */
export interface RepriseErrorOptions extends ErrorOptions {
  /** The storage key that the error is about. */
  key?: string | undefined;
  /** The place inside a value, such as `$.rows[3].when`. */
  path?: string | undefined;
}

/** Marks the errors of every copy of this library. */
export const brand = Symbol.for("reprise.error");

/**
 * The base class of every error that this library throws. `code` is a literal of each class; see `isRepriseError`.
 * `key` names the record, `path` the place in a value, and `cause` the underlying error.
 *
 * @example
 * ```ts
 * try {
 *   await store.write("report", () => 1);
 * } catch (error) {
 *   if (isRepriseError(error)) console.error(error.code, error.path); // "SERIALIZATION" "$"
 * }
 * ```
 */
export abstract class RepriseError extends Error {
  /** The name of the class, such as `"StaleLockError"`. */
  abstract override readonly name: string;
  /** The kind of error, as a literal such as `"STALE_LOCK"`. It never changes for a class. */
  abstract readonly code: string;
  /** The storage key that the error is about, if there is one. */
  readonly key: string | undefined;
  /** The place inside a value, such as `$.rows[3].when`, if there is one. */
  readonly path: string | undefined;

  constructor(message: string, { key, path, ...options }: RepriseErrorOptions = {}) {
    super(message, options);
    this.key = key;
    this.path = path;
  }

  /** No property of each error, since a serializer refuses objects with symbols as keys. */
  get [brand](): true {
    return true;
  }
}
