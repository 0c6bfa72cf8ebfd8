/** A lease in the database. Its row key is the storage key. */
export interface LeaseRow {
  /** The holder of the lease. */
  holder: string;
  /** The fencing token. It grows with every grant of the key. */
  token: number;
  /** Milliseconds since 1970; `Infinity`: the lease doesn't run out. */
  expiresAt: number;
  /** The take mark: `holder` has revoked the previous lease and is about to steal the lock while this short lease lasts. */
  taking?: true;
}
