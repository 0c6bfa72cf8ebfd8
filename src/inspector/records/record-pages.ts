import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import type { Scope } from "./record-actions.ts";

const pageSize = 50;

/** One page of records at a time, in the order of their keys, so that a store with very many records stays quick. */
export class RecordPages {
  readonly #store: ResultStore;
  /** The cursors of the pages up to the current one. */
  #cursors: (string | undefined)[] = [undefined];
  #next: string | undefined;
  #prefix = "";
  scope: Scope;

  constructor(store: ResultStore) {
    this.#store = store;
    this.scope = store.resultStorage.local && "local";
  }

  get prefix(): string {
    return this.#prefix;
  }

  set prefix(prefix: string) {
    this.#prefix = prefix;
    this.first();
  }

  get hasNext(): boolean {
    return this.#next !== undefined;
  }

  get hasPrevious(): boolean {
    return this.#cursors.length > 1;
  }

  /** The number of the current page, from 1. */
  get number(): number {
    return this.#cursors.length;
  }

  first(): void {
    this.#cursors = [undefined];
    this.#next = undefined;
  }

  next(): void {
    if (this.#next !== undefined) this.#cursors.push(this.#next);
    this.#next = undefined;
  }

  previous(): void {
    if (this.hasPrevious) this.#cursors.pop();
  }

  /** The records of the current page. `undefined` if another page was chosen meanwhile. */
  async load(): Promise<readonly ResultRecordMetadata[] | undefined> {
    const [cursors, length] = [this.#cursors, this.#cursors.length];
    const page = await this.#store.list({
      ...(this.#prefix !== "" && { prefix: this.#prefix }),
      cursor: cursors.at(-1),
      scope: this.scope,
      limit: pageSize,
      allowExpired: true,
    });
    if (this.#cursors !== cursors || cursors.length !== length) return undefined;
    this.#next = page.cursor;
    return page.records;
  }
}
