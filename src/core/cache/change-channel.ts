/** Tells other contexts that keep the same records which ones changed, so that they drop theirs from memory. */
export interface ChangeChannel {
  /** Without `keys`: all may have changed. */
  post(keys?: readonly string[]): void;
  /** Called for what others post. Returns what ends it. */
  onChange(listener: (keys?: readonly string[]) => void): () => void;
  close(): void;
  /** Whether others are heard; a store keeps nothing at hand where they aren't. */
  readonly isOpen: boolean;
}
