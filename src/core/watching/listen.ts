import { InvalidArgumentError } from "../../errors/index.ts";
import { guardListener, type StoreListener } from "../events/store-event.ts";
import type { ResultStore } from "../store/result-store.ts";
import { assertStore, internals } from "../store/store-internals.ts";

/**
 * Calls `listener` with every event of a store that exists already, beside its `onEvent`. Stores that `withOptions` creates from it
 * are heard too, unless they have an `onEvent` of their own. Returns a function that ends this. The listener may miss events of work
 * that runs already. An error of the listener is reported as an uncaught one. Throws `InvalidArgumentError` for other arguments.
 *
 * @example
 * ```ts
 * const stop = listen(store, (event) => {
 *   if (event.type === "miss") console.log(event.key, event.reason);
 * });
 * stop();
 * ```
 */
export function listen(store: ResultStore, listener: StoreListener): () => void {
  assertStore(store, "listen");
  if (typeof listener !== "function")
    throw new InvalidArgumentError(`listen needs a function as listener; got ${typeof listener}`);
  const guarded = guardListener(listener);
  const listeners = store[internals].listeners();
  listeners.add(guarded);
  return () => void listeners.delete(guarded);
}
