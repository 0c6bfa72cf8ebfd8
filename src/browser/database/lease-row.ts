import { promisifyRequest } from "idb-keyval";

/** The `leasePlace` of the database with this name. */
export function leasePlaceOf(name: string): string {
  return `indexed-db/${name}`;
}

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

/** Tokens are microseconds. A larger one would leave no room for the next. */
const largestToken = 2 ** 52;

/** `undefined` for a row that is none. Any script of the origin can write rows. */
export function toLease(value: unknown): LeaseRow | undefined {
  const { holder, token, expiresAt } = Object(value) as LeaseRow;
  const isLease =
    typeof holder === "string" && Number.isInteger(token) && Math.abs(token) <= largestToken && expiresAt >= 0;
  return isLease && typeof expiresAt === "number" ? (value as LeaseRow) : undefined;
}

/** The keys with leases, if they are few. */
const leasedKeys = new WeakMap<IDBTransaction, Promise<readonly IDBValidKey[]>>();

/** No more keys than these are read to save reading a row for each key. */
const fewKeys = 16;

/** The lease of a key, in a transaction that changes none. Mostly there is none, and then many keys cost one request. */
export async function readLease(transaction: IDBTransaction, key: string): Promise<LeaseRow | undefined> {
  const leases = transaction.objectStore("leases");
  const reading = leasedKeys.get(transaction) ?? promisifyRequest(leases.getAllKeys(undefined, fewKeys));
  leasedKeys.set(transaction, reading);
  const keys = await reading;
  if (keys.length < fewKeys && !keys.includes(key)) return undefined;
  return toLease(await promisifyRequest<unknown>(leases.get(key)));
}
