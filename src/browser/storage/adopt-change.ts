import type { RecordRow } from "../database/record-row.ts";
import { type ResultDatabase, type RunOptions, scopes } from "../database/result-database.ts";
import { findHead } from "./record-heads.ts";

/** A write, or without `row` a deletion, that could not be made in the database when it happened. */
export interface LateChange {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly row?: RecordRow | undefined;
}

/** Makes the change now, unless the database has a record that was created after it. */
export function adoptChange(
  database: ResultDatabase,
  { key, at, row }: LateChange,
  options: Pick<RunOptions, "durability">,
): Promise<void> {
  // a scope that writes don't use, since `findHead` doesn't see the writes of its own transaction
  return database.run(
    scopes.recordsAndUses,
    async (transaction) => {
      const head = await findHead(transaction, key);
      if (head && head.created > at) return;
      const records = transaction.objectStore("records");
      if (row) records.put(row, key);
      else records.delete(key);
    },
    { ...options, key },
  );
}
