/** Notifies other contexts with the same records of changes, so that they drop changed records from memory. */
export interface ChangeChannel {
  /** Without `keys`, all records may have changed. */
  post(keys?: readonly string[]): void;
  /** Calls `listener` for changes that others post. Returns a function that ends this. */
  onChange(listener: (keys?: readonly string[]) => void): () => void;
  close(): void;
  /** Whether changes of others arrive here. If not, a store keeps nothing in memory. */
  readonly isOpen: boolean;
}
