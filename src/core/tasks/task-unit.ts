import type { Scope } from "../context/scope.ts";
import type { CallEvents } from "../events/call-events.ts";
import { generateHolder } from "../locks/holder.ts";
import { IsolationLevel } from "../locks/isolation-level.ts";
import type { ResultStore } from "../store/result-store.ts";
import { internals } from "../store/store-internals.ts";
import { CommitMode, type TransactionState } from "../work/transaction.ts";
import type { TaskCall } from "../work/task-call.ts";
import { type AnswerInside, type HeldLock, UnitOfWork } from "../work/unit-of-work.ts";

export interface TaskUnitOptions {
  readonly store: ResultStore;
  readonly parent: UnitOfWork | undefined;
  readonly scope: Scope;
  readonly isolationLevel?: IsolationLevel | undefined;
  /** Absent for a call without caching: it writes nothing and holds no lock. */
  readonly cached?:
    | { readonly key: string; readonly holder: string; readonly keep: (value: unknown) => Promise<void> }
    | undefined;
}

/** A call of a task that keeps its own result, or none. The store reads, locks and writes around it. */
export class TaskUnit extends UnitOfWork {
  override readonly heldLock: HeldLock | undefined;
  readonly #keep: ((value: unknown) => Promise<void>) | undefined;
  #holder: string | undefined;

  constructor({ store, parent, scope, isolationLevel, cached }: TaskUnitOptions) {
    super({
      key: cached?.key,
      store,
      parent,
      commitMode: parent?.commitMode ?? CommitMode.EAGER,
      isolationLevel: isolationLevel ?? IsolationLevel.READ_COMMITTED,
      scope,
      isTask: true,
    });
    this.#keep = cached?.keep;
    this.#holder = cached?.holder;
    this.heldLock = cached && { manager: store.lockManager, key: cached.key };
  }

  get holder(): string {
    return (this.#holder ??= this.parent?.holder ?? generateHolder());
  }

  holderOf(store: ResultStore, key: string): string | undefined {
    if (this.locks) return this.locks.holderOf(store, key);
    const { heldLock, parent } = this;
    const isHeld = heldLock?.manager !== undefined && heldLock.manager === store.lockManager && heldLock.key === key;
    return isHeld ? this.holder : parent?.holderOf(store, key);
  }

  protected override async begin(): Promise<TransactionState> {
    const { key, store, isolationLevel } = this;
    if (isolationLevel === IsolationLevel.SERIALIZABLE && store) {
      await store[internals].assertUsable();
      store.assertIsolationLevel(isolationLevel, key);
    }
    return super.begin();
  }

  protected async write(value: unknown): Promise<void> {
    await this.#keep?.(value);
  }

  /** Only a transaction has a mode in which its commit keeps results, and then one surrounds this call. */
  answerInside(call: TaskCall, around: UnitOfWork, events: CallEvents | undefined): Promise<AnswerInside> {
    return this.parent!.answerInside(call, around, events);
  }
}
