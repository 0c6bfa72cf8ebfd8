import { promisifyRequest } from "idb-keyval";
import { later } from "../core/settle-within.ts";
import type { LeaseRow } from "./lease-row.ts";
import { ResultDatabase, scopes } from "./result-database.ts";

/** How long a winner may take from its mark to its steal, in milliseconds. Then the mark is an expired lease like any other. */
export const takeMarkLife = 1_000;

/** How long the rows of released locks are left, to be deleted together. Milliseconds. */
const flushDelay = 500;

interface Released {
  readonly token: number;
  readonly committed: string | undefined;
}

/** What a change of a row comes to: another row, or `undefined` where it stays. */
type Decide = (row: LeaseRow | undefined, now: number) => LeaseRow | undefined;

/** Changes of one key that share a transaction: each reads what the one before has written. */
const turns = new WeakMap<IDBTransaction, Map<string, Promise<unknown>>>();

/** The leases of one database, as rows. One for all lock managers of a context that share the name. */
export class LeaseTable {
  static readonly #shared = new Map<string, LeaseTable>();

  readonly place: string;
  readonly #database: ResultDatabase;
  /** Rows of locks that were released in this context: to be deleted a little later, so that a release needs no I/O. */
  readonly #released = new Map<string, Released>();
  #cancelFlush: (() => void) | undefined;

  private constructor(name: string) {
    this.place = `indexed-db/${name}`;
    this.#database = ResultDatabase.open(name);
  }

  static open(name: string): LeaseTable {
    let table = LeaseTable.#shared.get(name);
    if (!table) LeaseTable.#shared.set(name, (table = new LeaseTable(name)));
    return table;
  }

  /** Puts what `decide` makes of the row on file, if anything, in one transaction, and gives it. */
  change(key: string, now: () => number, decide: Decide): Promise<LeaseRow | undefined> {
    return this.#database.run(scopes.leases, (transaction) =>
      inTurn(transaction, key, async (leases) => {
        const row = decide(await read(leases, key), now());
        if (row) leases.put(row, key);
        return row;
      }),
    );
  }

  /** The rows of `keys`, in their order. */
  read(keys: readonly string[]): Promise<(LeaseRow | undefined)[]> {
    return this.#database.run(scopes.readLeases, (transaction) => {
      const leases = transaction.objectStore("leases");
      return Promise.all(keys.map((key) => read(leases, key)));
    });
  }

  /** Notes that the lease with `token` is over. */
  release(key: string, token: number, committed?: string): void {
    this.#released.set(key, { token, committed });
    this.#cancelFlush ??= later(flushDelay, () => void this.flush());
  }

  isReleased(key: string, { token }: LeaseRow): boolean {
    return this.#released.get(key)?.token === token;
  }

  /** What was committed under the lease with `token`, if that was released in this context a moment ago. */
  committed(key: string, token: number | undefined): string | undefined {
    const released = this.#released.get(key);
    return released && released.token === token ? released.committed : undefined;
  }

  /** Deletes the rows of released locks now, unless others have written theirs in the meantime. */
  async flush(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const released = [...this.#released];
    this.#released.clear();
    if (released.length === 0) return;
    const deletion = this.#database.run(scopes.leases, (transaction) =>
      Promise.all(
        released.map(([key, { token }]) =>
          inTurn(transaction, key, async (leases) => {
            if ((await read(leases, key))?.token === token) leases.delete(key);
          }),
        ),
      ),
    );
    // a row that stays behind harms nobody: the next holder writes over it
    await deletion.catch(() => {});
  }
}

function read(leases: IDBObjectStore, key: string): Promise<LeaseRow | undefined> {
  return promisifyRequest<LeaseRow | undefined>(leases.get(key));
}

function inTurn<T>(transaction: IDBTransaction, key: string, work: (leases: IDBObjectStore) => Promise<T>): Promise<T> {
  let last = turns.get(transaction);
  if (!last) turns.set(transaction, (last = new Map()));
  const run = (): Promise<T> => work(transaction.objectStore("leases"));
  const turn = last.get(key)?.then(run, run) ?? run();
  last.set(key, turn);
  return turn;
}
