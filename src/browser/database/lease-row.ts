/** A lease as it lies in the database, under the storage key that it is for. */
export interface LeaseRow {
  /** Who holds it. */
  holder: string;
  /** The fencing token: grows with every grant of the key. */
  token: number;
  /** Milliseconds since 1970; `Infinity`: it doesn't run out. */
  expiresAt: number;
  /** The take mark: `holder` has revoked the lease before and is about to steal the lock, for as long as this short lease lasts. */
  taking?: true;
}
