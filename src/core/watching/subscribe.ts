import { InvalidArgumentError } from "../../errors/index.ts";
import { guardListener } from "../events/store-event.ts";
import { type InvalidateTarget, toTarget } from "../store/invalidate.ts";
import type { ResultStore } from "../store/result-store.ts";
import { assertStore, internals } from "../store/store-internals.ts";
import { type RecordChange, TargetWatch } from "./target-watch.ts";

/**
 * Calls `listener` with every change of the records of `target`, in this context and the other tabs of the origin. `target`
 * is a key, an array of keys, `{ prefix }`, `{ tags }` or `"all"`; another one is an `InvalidArgumentError`. Returns a
 * function that ends the subscription. An error of the listener is reported as an uncaught one.
 *
 * @example
 * ```ts
 * const unsubscribe = subscribe(store, { prefix: "maps/" }, (change) => {
 *   if (change.type === "invalidated") console.log("Some map is outdated");
 * });
 * unsubscribe();
 * ```
 */
export function subscribe(
  store: ResultStore,
  target: InvalidateTarget,
  listener: (change: RecordChange) => void,
): () => void {
  assertStore(store, "subscribe");
  if (typeof listener !== "function")
    throw new InvalidArgumentError(`subscribe needs a function as listener; got ${typeof listener}`);
  const watch = new TargetWatch(store, toTarget(target), guardListener(listener));
  const unwatch = store[internals].watch((...change) => watch.note(...change));
  void watch.start();
  return () => {
    unwatch();
    watch.stop();
  };
}
