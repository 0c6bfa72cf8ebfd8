import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";

/** The values that records are sorted by. Records without an expiration expire last. */
const measures = {
  Key: ({ storageKey }: ResultRecordMetadata) => storageKey,
  Size: ({ size = 0 }: ResultRecordMetadata) => size,
  Age: ({ createdAt }: ResultRecordMetadata) => -createdAt.getTime(),
  Freshness: ({ expiration }: ResultRecordMetadata) => expiration?.getTime() ?? Infinity,
} as const;

export type SortColumn = keyof typeof measures;

/** The order of a list. */
export interface RecordOrder {
  readonly column: SortColumn;
  readonly isDescending: boolean;
}

/** The order in which storages list. */
export const keyOrder: RecordOrder = { column: "Key", isDescending: false };

export function isSortColumn(name: string): name is SortColumn {
  return Object.hasOwn(measures, name);
}

/** The order after a press on a column: the largest records first, else ascending, and the reverse at the second press. */
export function orderBy(column: SortColumn, current: RecordOrder): RecordOrder {
  return { column, isDescending: column === current.column ? !current.isDescending : column === "Size" };
}

/** Sorts records that are in the order of their keys. Equal ones stay in it. */
export function sortRecords(records: ResultRecordMetadata[], { column, isDescending }: RecordOrder): void {
  const measure = measures[column];
  const sign = isDescending ? -1 : 1;
  records.sort((a, b) => sign * compare(measure(a), measure(b)));
}

function compare<Value extends string | number>(a: Value, b: Value): number {
  return a < b ? -1 : Number(a > b);
}
