/** What a transaction asks of its store. */
export const IsolationLevel = {
  /** Reads see what was committed. */
  READ_COMMITTED: "READ_COMMITTED",
  /** The key is locked from begin to end, and the storage shows every write to every reader. */
  SERIALIZABLE: "SERIALIZABLE",
} as const;

export type IsolationLevel = (typeof IsolationLevel)[keyof typeof IsolationLevel];
