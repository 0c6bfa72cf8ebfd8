import type { RecordRow } from "../database/record-row.ts";
import { type ResultDatabase, type RunOptions, scopes } from "../database/result-database.ts";
import { isOutdated } from "./invalidation-table.ts";
import { inTurn } from "./write-guard.ts";

/** A write that could not be made in the database when it happened. */
export interface LateWrite {
  readonly key: string;
  /** Changes from this time on are newer. Milliseconds since 1970. */
  readonly time: number;
  /** Absent: the record is gone again. */
  readonly row?: RecordRow | undefined;
}

/** Makes the write now, unless a newer one is in the database, or a newer invalidation covers it. */
export function adoptWrite(
  database: ResultDatabase,
  { key, time, row }: LateWrite,
  options: Pick<RunOptions, "durability">,
): Promise<void> {
  const adopt = async (transaction: IDBTransaction) => {
    if (await isOutdated(transaction, key, { place: 0, time, etag: "" }, row?.tags)) return;
    const records = transaction.objectStore("records");
    if (row) records.put(row, key);
    else records.delete(key);
  };
  return database.run(scopes.writeRecords, (transaction) => inTurn(transaction, key, () => adopt(transaction)), {
    ...options,
    key,
  });
}
