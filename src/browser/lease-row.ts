/** A lease as it lies in the database, under the storage key that it is for. */
export interface LeaseRow {
  /** Who holds it. */
  holder: string;
  /** The fencing token: grows with every grant of the key. */
  token: number;
  /** Milliseconds since 1970; `Infinity`: it doesn't run out. */
  expiresAt: number;
}

/** What a grant's `leasePlace` says where its lease is a row of that database. */
export function leasePlaceOf(databaseName: string): string {
  return `indexed-db/${databaseName}`;
}
