/** A library as its documentation would use it to keep results in IndexedDB. */
export interface Peer {
  /** The value that is kept under the key, or else a computed one. */
  get(key: string): Promise<unknown>;
  /** Drops all values whose keys begin with `prefix`, which ends with a slash. Absent: the library has no way to do so. */
  drop?(prefix: string): Promise<unknown>;
}

/** `onKept` is called after each write to IndexedDB. */
export type OpenPeer = (compute: (key: string) => Promise<unknown>, onKept: () => void) => Peer;
