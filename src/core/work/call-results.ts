import type { ResultStorage } from "../storages/result-storage.ts";

/** A result, and whether other calls of the same key may have it. */
export interface CallResult {
  readonly value: unknown;
  readonly isShared: boolean;
}

/** Work that may wait for the calls of tasks in its transaction. */
export interface Waiting {
  readonly waitsFor: Set<Waiting>;
}

/** A call, running or done. */
export interface KnownCall {
  readonly unit: Waiting;
  readonly result: Promise<CallResult>;
  /** The id of the call in events. Absent if nobody listens. */
  readonly call: number | undefined;
}

/** The results of the tasks called in a transaction. A second call reads a result that nobody outside can see yet. */
export class CallResults {
  readonly #around: CallResults | undefined;
  readonly #calls = new Map<ResultStorage, Map<string, KnownCall>>();

  constructor(around: CallResults | undefined) {
    this.#around = around;
  }

  find(storage: ResultStorage, key: string): KnownCall | undefined {
    return this.#calls.get(storage)?.get(key) ?? this.#around?.find(storage, key);
  }

  /** A call that fails is removed. */
  add(storage: ResultStorage, key: string, call: KnownCall): void {
    const calls = this.#calls.get(storage) ?? new Map<string, KnownCall>();
    this.#calls.set(storage, calls.set(key, call));
    call.result.catch(() => {
      if (calls.get(key) === call) calls.delete(key);
    });
  }

  /** Moves the results of a child to the work around it. */
  handOver(): void {
    for (const [storage, calls] of this.#calls) {
      for (const [key, call] of calls) this.#around?.add(storage, key, call);
    }
  }
}
