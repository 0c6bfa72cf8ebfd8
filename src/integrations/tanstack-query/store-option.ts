import { InvalidArgumentError } from "../../errors/index.ts";
import { internals } from "../../core/store/store-internals.ts";

/** Throws `InvalidArgumentError` unless the option `store` is there, and is a store or `undefined`. */
export function assertStoreOption(of: string, options: object): void {
  const store = "store" in options ? options.store : null;
  if (store === undefined || internals in Object(store)) return;
  throw new InvalidArgumentError(
    `${of} needs a ResultStore as store, or undefined to keep nothing; got ${store === null ? "null" : typeof store}`,
  );
}
