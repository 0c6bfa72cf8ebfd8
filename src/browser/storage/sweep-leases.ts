import { entriesOf } from "../database/entries-of.ts";
import { toLease } from "../database/lease-row.ts";
import { scopes, type ResultDatabase } from "../database/result-database.ts";

/** How long a lease has to be over before a sweep deletes its row, in milliseconds. A tab that was asleep may renew it until then. */
const overFor = 86_400_000;

/** Rows per transaction. Nobody else can change a lease meanwhile. */
const chunkSize = 500;

/** Deletes the rows of leases that have been over for a day: tabs that were closed under their locks have left them. */
export async function sweepLeases(database: ResultDatabase, after = ""): Promise<void> {
  const last = await database.run(scopes.sweepLeases, async (transaction) => {
    const leases = transaction.objectStore("leases");
    const rows = await entriesOf(leases, IDBKeyRange.lowerBound(after, true), chunkSize);
    for (const [key, row] of rows)
      if ((toLease(row)?.expiresAt ?? Infinity) <= Date.now() - overFor) leases.delete(key);
    return rows[chunkSize - 1]?.[0];
  });
  if (last !== undefined) await sweepLeases(database, last);
}
