import { DurableObject } from "cloudflare:workers";
import type { InvalidationsSince, NumberedInvalidation } from "../../src/core/invalidation/invalidation-table.ts";
import {
  covers,
  type Invalidation,
  type InvalidationMode,
  type InvalidationTarget,
} from "../../src/core/invalidation/invalidation.ts";
import { type InvalidationNews, partFor, splitTags } from "../../src/edge/bindings/invalidation-namespace.ts";

/** Above this number of targets, or a fifth of it of log entries, the oldest fifth is forgotten. */
const defaultLimit = 5_000;

/** The longest answer about the log, in UTF-16 code units. */
const maxLogLength = 1_000_000;

const tables = `
  CREATE TABLE IF NOT EXISTS targets (name TEXT PRIMARY KEY, tag TEXT, number INTEGER, position INTEGER, json TEXT);
  CREATE INDEX IF NOT EXISTS targets_by_tag ON targets (tag);
  CREATE INDEX IF NOT EXISTS targets_by_number ON targets (number);
  CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, json TEXT);`;

type Counter = "latest" | "position" | "floor" | "log-floor";

/**
 * One of the Durable Objects that keep which prefixes and tags were invalidated. Export it from the Worker's main module and bind
 * it as `RESULT_INVALIDATIONS`. Its methods are those of `InvalidationStub`.
 *
 * @example
 * ```ts
 * export { ResultInvalidations, ResultLock } from "reprise/worker";
 * ```
 */
export class ResultInvalidations extends DurableObject<unknown> {
  readonly #sql: SqlStorage;
  /** The most targets that it remembers. */
  limit = defaultLimit;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(tables);
  }

  /** See `InvalidationStub.note`. */
  async note(target: InvalidationTarget, mode: InvalidationMode): Promise<NumberedInvalidation> {
    const number = this.#count("latest") + 1;
    const invalidation = { number, target, mode, at: Date.now() };
    this.#sql.exec("INSERT INTO log VALUES (?, ?)", number, JSON.stringify(invalidation));
    this.#forget("log", "log-floor", this.limit / 5);
    this.#add(number, partFor(0, invalidation));
    return invalidation;
  }

  /** See `InvalidationStub.add`. */
  async add(number: number, part: NumberedInvalidation | undefined): Promise<void> {
    this.#add(number, part);
  }

  /** See `InvalidationStub.look`. */
  async look(after: number, tags: readonly string[]): Promise<InvalidationNews> {
    // one of all replaces those of tags before it
    const query = `SELECT json FROM targets WHERE tag IS NULL AND (position > ? OR name LIKE '["%","all"]')`;
    const rows = this.#json(query, after);
    return {
      position: this.#count("position"),
      latest: this.#count("latest"),
      floor: this.#count("floor"),
      invalidations: [...rows, ...tags.flatMap((tag) => this.#json("SELECT json FROM targets WHERE tag = ?", tag))],
    };
  }

  /** See `InvalidationStub.log`. */
  async log(since: number): Promise<InvalidationsSince> {
    const latest = this.#count("latest");
    if (since < this.#count("log-floor")) return { latest };
    const rows = this.#sql.exec<{ json: string }>("SELECT json FROM log WHERE number > ? ORDER BY number", since);
    const invalidations: NumberedInvalidation[] = [];
    let length = 0;
    for (const { json } of rows) {
      length += json.length;
      // it costs less to drop all copies
      if (length > maxLogLength) return { latest };
      invalidations.push(JSON.parse(json) as NumberedInvalidation);
    }
    return { latest, invalidations };
  }

  /** See `InvalidationStub.last`. */
  async last(key: string, tags: readonly string[]): Promise<Invalidation | undefined> {
    for (const { json } of this.#sql.exec<{ json: string }>("SELECT json FROM log ORDER BY number DESC")) {
      const { target, mode, at } = JSON.parse(json) as NumberedInvalidation;
      if (covers(target, key, tags)) return { target, mode, at };
    }
    return undefined;
  }

  #add(number: number, part: NumberedInvalidation | undefined): void {
    this.#raise("latest", number);
    if (!part) return;
    // it covers all that earlier ones covered
    if (part.target === "all" && part.mode === "delete") this.#sql.exec("DELETE FROM targets WHERE number < ?", number);
    for (const each of splitTags(part)) {
      const { target, mode } = each;
      const tag = target !== "all" && "tags" in target ? target.tags[0]! : null;
      const position = this.#raise("position", this.#count("position") + 1);
      const name = JSON.stringify([mode, target]);
      // calls may arrive in another order than they were numbered
      this.#sql.exec(
        `INSERT INTO targets VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name)
          DO UPDATE SET number = ?3, position = ?4, json = ?5 WHERE number < ?3`,
        ...[name, tag, number, position, JSON.stringify(each)],
      );
    }
    this.#forget("targets", "floor", this.limit);
  }

  /** Forgets the oldest rows of a table that is too long. */
  #forget(table: "targets" | "log", floor: Counter, limit: number): void {
    const [{ rows }] = this.#sql.exec<{ rows: number }>(`SELECT COUNT(*) AS rows FROM ${table}`).toArray() as [
      { rows: number },
    ];
    if (rows <= limit) return;
    const from = Math.ceil(limit / 5);
    const numbers = `SELECT number FROM ${table} ORDER BY number LIMIT 1 OFFSET ?`;
    const [{ number }] = this.#sql.exec<{ number: number }>(numbers, from).toArray() as [{ number: number }];
    this.#sql.exec(`DELETE FROM ${table} WHERE number <= ?`, number);
    this.#raise(floor, number);
  }

  #json(query: string, ...values: (string | number)[]): NumberedInvalidation[] {
    const rows = this.#sql.exec<{ json: string }>(query, ...values).toArray();
    return rows.map(({ json }) => JSON.parse(json) as NumberedInvalidation);
  }

  #count(name: Counter): number {
    return this.ctx.storage.kv.get<number>(name) ?? 0;
  }

  /** Returns the new value. Counters never fall. */
  #raise(name: Counter, value: number): number {
    if (value > this.#count(name)) this.ctx.storage.kv.put(name, value);
    return Math.max(value, this.#count(name));
  }
}
