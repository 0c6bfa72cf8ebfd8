import { promisifyRequest } from "idb-keyval";
import { later } from "../../core/concurrency/settle-within.ts";
import { entriesOf } from "../database/entries-of.ts";
import { type LeaseRow, toLease } from "../database/lease-row.ts";
import { ResultDatabase, scopes } from "../database/result-database.ts";
import { toStorageError } from "../database/database-error.ts";

/** How long a winner may take from its mark to its steal, in milliseconds. Afterwards the mark is an ordinary expired lease. */
export const takeMarkLife = 1_000;

/**
 * How long the rows of released locks stay at least, in milliseconds: one transaction then deletes many, and where there is no
 * row, nobody held the lock in that time.
 */
export const releasedRowLife = 500;

/** From this many keys on, one read of that part of the table is cheaper than a read of each key. */
const manyKeys = 16;

interface Released {
  readonly token: number;
  readonly committed: string | undefined;
  /** By `performance.now()`. */
  readonly at: number;
}

type Row = LeaseRow | undefined;

/** Decides the change of a row: a new row, `"delete"`, or `undefined` for no change. */
type Decide = (row: Row, now: number) => Row | "delete";

interface Change {
  readonly key: string;
  readonly now: () => number;
  readonly decide: Decide;
  readonly resolve: (row: Row) => void;
  readonly reject: (error: unknown) => void;
  /** Resolves once the row is decided. If it can't be stored then, this is called. */
  readonly onUnstored?: (() => void) | undefined;
  /** The row that it decided on, and the token of the row before. A repeated transaction stores the same row. */
  row?: Row;
  before?: number | undefined;
}

/** The leases of one database, as rows. All lock managers of a context with the same name share one table. */
export class LeaseTable {
  static readonly #shared = new Map<string, LeaseTable>();

  readonly #database: ResultDatabase;
  #changes: Change[] = [];
  #changing = false;
  /** Whether the last rows could be stored. If not, callers wait until theirs is: a full disk is for them to see. */
  #isStoring = true;
  /** The last token of any key: the clock may be set back after a row was deleted. */
  #lastToken = 0;
  /** Rows of locks that this context has released. They are deleted a little later, so that a release needs no I/O. */
  readonly #released = new Map<string, Released>();
  #cancelFlush: (() => void) | undefined;

  private constructor(name: string) {
    this.#database = ResultDatabase.open(name);
  }

  static open(name: string): LeaseTable {
    let table = LeaseTable.#shared.get(name);
    if (!table) LeaseTable.#shared.set(name, (table = new LeaseTable(name)));
    return table;
  }

  /**
   * Stores the row that `decide` returns, if any, in one transaction. Resolves to the resulting row once it is stored. With
   * `onUnstored` it mostly resolves once the row is decided: transactions that begin later see the row, and if it can't be stored,
   * `onUnstored` is called.
   */
  change(key: string, now: () => number, decide: Decide, onUnstored?: () => void): Promise<Row> {
    return new Promise((resolve, reject) => {
      this.#changes.push({ key, now, decide, resolve, reject, onUnstored });
      if (!this.#changing) void this.#work();
    });
  }

  /** The rows of `keys`, in the same order. */
  read(keys: readonly string[]): Promise<Row[]> {
    const work = async (transaction: IDBTransaction) => {
      const { rows } = await load(transaction.objectStore("leases"), keys);
      return keys.map((key) => rows.get(key));
    };
    return this.#database.run(scopes.readLeases, work, { key: keys.length === 1 ? keys[0] : undefined });
  }

  /** Notes that the lease with `token` has ended. */
  release(key: string, token: number, committed?: string): void {
    this.#released.set(key, { token, committed, at: performance.now() });
    this.#flushLater();
  }

  #flushLater(): void {
    this.#cancelFlush ??= later(releasedRowLife, () => void this.#flush(), { idle: true });
  }

  /** Larger than every earlier token: those in rows, those of this context, and the clock's microseconds. */
  nextToken(current: Row, time: number): number {
    this.#lastToken = Math.max(this.#lastToken + 1, (current?.token ?? 0) + 1, Math.floor(time * 1_000));
    return this.#lastToken;
  }

  isReleased(key: string, { token }: LeaseRow): boolean {
    return this.#released.get(key)?.token === token;
  }

  /** The etag committed under the lease with `token`, if this context released it a moment ago. */
  committed(key: string, token: number | undefined): string | undefined {
    const released = this.#released.get(key);
    return released && released.token === token ? released.committed : undefined;
  }

  /** Deletes the rows of locks that were released a while ago, unless another context has replaced them. */
  async #flush(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const last = performance.now() - releasedRowLife;
    const released = [...this.#released].filter(([, { at }]) => at <= last);
    for (const [key] of released) this.#released.delete(key);
    if (this.#released.size > 0) this.#flushLater();
    await this.#endAll(released, () => "delete");
  }

  /** The last rows stay, as leases that are over: without them others could not tell that the locks were held a moment ago. */
  async close(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const expiresAt = Date.now();
    const released = [...this.#released];
    await this.#endAll(released, (row) => ({ ...row, expiresAt }));
    for (const [key, one] of released) if (this.#released.get(key) === one) this.#released.delete(key);
    await this.#database.close();
  }

  /** A row that stays is harmless: the next holder overwrites it. */
  async #endAll(released: readonly [string, Released][], end: (row: LeaseRow) => LeaseRow | "delete"): Promise<void> {
    await Promise.allSettled(
      released.map(([key, { token }]) =>
        this.change(key, Date.now, (row) => (row?.token === token ? end(row) : undefined)),
      ),
    );
  }

  /** Never rejects: each change receives its own failure. Changes that arrive during one transaction share the next. */
  async #work(): Promise<void> {
    this.#changing = true;
    while (this.#changes.length > 0) {
      let changes: Change[] | undefined;
      try {
        const rows = await this.#database.run(scopes.leases, (transaction) =>
          decideAll(transaction.objectStore("leases"), (changes ??= this.#changes.splice(0)), this.#isStoring),
        );
        if (rows.some(Boolean)) this.#isStoring = true;
        for (const [index, { resolve }] of changes?.entries() ?? []) resolve(rows[index]);
      } catch (error) {
        this.#isStoring = false;
        for (const { key, reject, onUnstored } of changes ?? this.#changes.splice(0)) {
          reject(toStorageError(error, this.#database.name, key));
          onUnstored?.();
        }
      }
    }
    this.#changing = false;
  }
}

/** Runs one change after another: changes of one key in one transaction see the results of earlier ones. */
async function decideAll(leases: IDBObjectStore, changes: readonly Change[], isStoring: boolean): Promise<Row[]> {
  const { rows, gapless } = await load(leases, [...new Set(changes.map(({ key }) => key))]);
  const deleted = new Set<string>();
  const decisions = changes.map((change) => {
    const { key, now, decide } = change;
    const row = rows.get(key);
    const isAsDecided = change.row && [change.row.token, change.before].includes(row?.token);
    if (change.row && !isAsDecided) change.onUnstored?.();
    change.before = row?.token;
    const decided = isAsDecided ? change.row : decide(row, now());
    if (decided === undefined) return undefined;
    if (decided === "delete") {
      deleted.add(key);
      rows.delete(key);
      return undefined;
    }
    deleted.delete(key);
    rows.set(key, (change.row = decided));
    leases.put(decided, key);
    return decided;
  });
  for (const range of gapless ? runsOf(deleted, rows) : deleted) leases.delete(range);
  if (isStoring) {
    // before the callers go on, who may keep the page busy
    leases.transaction.commit();
    for (const { onUnstored, row, resolve } of changes) if (onUnstored && row) resolve(row);
  }
  return decisions;
}

/** `deleted` as ranges that contain none of `rows`, so that many locks cost one request instead of one each. */
function* runsOf(deleted: ReadonlySet<string>, rows: ReadonlyMap<string, Row>): Generator<IDBKeyRange> {
  let first: string | undefined;
  let last: string | undefined;
  for (const key of [...deleted, ...rows.keys()].sort()) {
    if (deleted.has(key)) {
      first ??= key;
      last = key;
    } else if (first !== undefined) {
      yield IDBKeyRange.bound(first, last);
      first = undefined;
    }
  }
  if (first !== undefined) yield IDBKeyRange.bound(first, last);
}

interface Loaded {
  readonly rows: Map<string, Row>;
  /** Whether `rows` has all rows from the first key to the last, including keys in between. */
  readonly gapless: boolean;
}

/** The existing rows of `keys`. */
async function load(leases: IDBObjectStore, keys: readonly string[]): Promise<Loaded> {
  const sorted = keys.length < manyKeys ? [] : [...keys].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first !== undefined && last !== undefined) {
    const part = IDBKeyRange.bound(first, last);
    const limit = 8 * keys.length;
    const found = await entriesOf(leases, part, limit);
    if (found.length < limit) return { rows: new Map(found.map(([key, row]) => [key, toLease(row)])), gapless: true };
  }
  const rows = await Promise.all(keys.map((key) => promisifyRequest<unknown>(leases.get(key))));
  return { rows: new Map(keys.map((key, index) => [key, toLease(rows[index])])), gapless: false };
}
