import type { ResultStorage } from "../storages/result-storage.ts";

/** What tasks called in a transaction gave, or will give: a second call reads what nobody outside can see yet. */
export class CallResults {
  readonly #around: CallResults | undefined;
  readonly #calls = new Map<ResultStorage, Map<string, Promise<unknown>>>();

  constructor(around: CallResults | undefined) {
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

  /** What a child was given belongs to the work around it from now on. */
  handOver(): void {
    for (const [storage, calls] of this.#calls) {
      for (const [key, call] of calls) this.#around?.add(storage, key, call);
    }
  }
}
