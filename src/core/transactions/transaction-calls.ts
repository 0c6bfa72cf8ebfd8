import type { ResultStorage } from "../storages/result-storage.ts";

/** What tasks called in a transaction gave, or are to give: who calls again reads what nobody else can see yet. */
export class TransactionCalls {
  readonly #around: TransactionCalls | undefined;
  readonly #calls = new Map<ResultStorage, Map<string, Promise<unknown>>>();

  constructor(around: TransactionCalls | undefined) {
    this.#around = around;
  }

  find(storage: ResultStorage, key: string): Promise<unknown> | undefined {
    return this.#calls.get(storage)?.get(key) ?? this.#around?.find(storage, key);
  }

  /** Calls that fail are forgotten. */
  add(storage: ResultStorage, key: string, call: Promise<unknown>): void {
    const calls = this.#calls.get(storage) ?? new Map<string, Promise<unknown>>();
    this.#calls.set(storage, calls.set(key, call));
    call.catch(() => {
      if (calls.get(key) === call) calls.delete(key);
    });
  }

  /** What a child was given now belongs to the one around it. */
  handOver(): void {
    for (const [storage, calls] of this.#calls) {
      for (const [key, call] of calls) this.#around?.add(storage, key, call);
    }
  }
}
