import type { ChangeKind, InvalidationTarget } from "../invalidation/invalidation.ts";

/** Notifies other contexts with the same records of changes, so that they drop changed records from memory. */
export interface ChangeChannel {
  /** Tells the other contexts of a change here. */
  post(kind: ChangeKind, target: InvalidationTarget): void;
  /** Calls `listener` for changes that others post. Returns a function that ends this. */
  onChange(listener: (kind: ChangeKind, target: InvalidationTarget) => void): () => void;
  /** Ends the channel. It posts and hears nothing afterwards. */
  close(): void;
  /** Whether changes of others arrive here. If not, a store keeps nothing in memory. */
  readonly isOpen: boolean;
}
