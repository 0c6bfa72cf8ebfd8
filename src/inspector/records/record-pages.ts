import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { countOf } from "../words/format.ts";
import type { Scope } from "./record-actions.ts";
import { keyOrder, type RecordOrder, sortRecords } from "./record-order.ts";

const pageSize = 50;
/** To sort records by anything but their keys, at most this many lists of this size are read: half a second in IndexedDB. */
const [maxLists, listSize] = [10, 1_000];

/** The records to list, and their order. */
export interface RecordQuery {
  readonly prefix: string;
  readonly scope: Scope;
  readonly order: RecordOrder;
}

interface Listed {
  readonly records: readonly ResultRecordMetadata[];
  /** The start of the next page. Absent on the last one. */
  readonly cursor?: string | undefined;
  /** Absent: the storage lists the records in this order. */
  readonly sorted?: Sorted;
}

/** The records that were read and sorted. */
interface Sorted {
  readonly records: readonly ResultRecordMetadata[];
  /** Whether these are all. */
  readonly isAll: boolean;
}

export interface RecordPage extends Listed {
  readonly query: RecordQuery;
  /** From 1. */
  readonly number: number;
}

/** One page of records at a time, so that a store with very many records stays quick. */
export class RecordPages {
  readonly #store: ResultStore;
  #query: RecordQuery;
  /** The cursors of the pages up to the current one. */
  #cursors: readonly (string | undefined)[] = [undefined];
  #next: string | undefined;
  /** Kept for further pages, until records change. What was begun before a change ends in an object that nobody has. */
  #kept: { sorted?: Sorted } = {};

  constructor(store: ResultStore) {
    this.#store = store;
    this.#query = { prefix: "", scope: store.resultStorage.local && "local", order: keyOrder };
  }

  get query(): RecordQuery {
    return this.#query;
  }

  /** Goes to the first page of other records, or of another order. */
  choose(change: Partial<RecordQuery>): void {
    this.#query = { ...this.#query, ...change };
    this.#cursors = [undefined];
    this.#next = undefined;
    this.noteChange();
  }

  /** Records may have changed. */
  noteChange(): void {
    this.#kept = {};
  }

  next(): void {
    if (this.#next !== undefined) this.#cursors = [...this.#cursors, this.#next];
    this.#next = undefined;
  }

  previous(): void {
    if (this.#cursors.length > 1) this.#cursors = this.#cursors.slice(0, -1);
  }

  /** The current page. `undefined`: another one is the current page now. */
  async load(): Promise<RecordPage | undefined> {
    const [query, cursors] = [this.#query, this.#cursors];
    const { column, isDescending } = query.order;
    const isListed = column === keyOrder.column && isDescending === keyOrder.isDescending;
    const page = isListed
      ? await this.#list(query, cursors.at(-1), pageSize)
      : await this.#sort(query, Number(cursors.at(-1) ?? 0));
    if (this.#cursors !== cursors) return undefined;
    this.#next = page.cursor;
    if (page.records.length > 0 || page.cursor !== undefined || cursors.length === 1)
      return { ...page, query, number: cursors.length };
    // its records were deleted
    this.previous();
    return undefined;
  }

  #list({ prefix, scope }: RecordQuery, cursor: string | undefined, limit: number): Promise<Listed> {
    return this.#store.list({ ...(prefix !== "" && { prefix }), cursor, scope, limit, allowExpired: true });
  }

  /** The records from a place on. The place of the next page is its cursor. */
  async #sort(query: RecordQuery, start: number): Promise<Listed> {
    const kept = this.#kept;
    const sorted = (kept.sorted ??= await this.#readSorted(query));
    const end = start + pageSize;
    return {
      records: sorted.records.slice(start, end),
      ...(end < sorted.records.length && { cursor: String(end) }),
      sorted,
    };
  }

  async #readSorted(query: RecordQuery): Promise<Sorted> {
    const records: ResultRecordMetadata[] = [];
    let cursor: string | undefined;
    for (let lists = 0; lists === 0 || (cursor !== undefined && lists < maxLists); lists++) {
      const page = await this.#list(query, cursor, listSize);
      records.push(...page.records);
      cursor = page.cursor;
    }
    sortRecords(records, query.order);
    return { records, isAll: cursor === undefined };
  }
}

/** The place of a page in words: "Page 2, 50 records, and there are more.", "Page 1 of 3, 130 records, sorted by size." */
export function describePage({ records, number, cursor, query, sorted }: RecordPage): string {
  const { prefix, order } = query;
  if (records.length === 0 && number === 1)
    return prefix === "" ? "There are no records." : `No key begins with “${prefix}”.`;
  if (!sorted)
    return `Page ${number}, ${countOf(records.length)}${cursor === undefined ? "" : ", and there are more"}.`;
  const place = `Page ${number} of ${Math.ceil(sorted.records.length / pageSize)}`;
  const by = order.column.toLowerCase();
  return sorted.isAll
    ? `${place}, ${countOf(sorted.records.length)}, sorted by ${by}.`
    : `${place}. Only the first ${countOf(sorted.records.length, "key")} are sorted by ${by}. A longer filter shows others.`;
}
