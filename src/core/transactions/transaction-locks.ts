import { LockTimeoutError } from "../../errors/index.ts";
import { assertNotHeldAround, type Enclosing } from "../locks/enclosing.ts";
import { generateHolder } from "../locks/holder.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultStore } from "../store/result-store.ts";
import { settleWithin } from "../concurrency/settle-within.ts";
import { lockTimeout } from "../answers/store-locks.ts";

/** The maximum wait, in milliseconds, of a transaction that already holds a lock, since two may wait for each other. */
const defaultNestedTimeout = 30_000;

interface HeldLock {
  readonly key: string;
  readonly holder: string;
  /** Settles once the lock is granted or refused. */
  readonly granted: Promise<void>;
  isGranted: boolean;
  /** Whether the caller that requested it has given up. */
  hasFailed: boolean;
  /** The number of transactions of the family that need it. */
  users: number;
  readonly release: () => Promise<void>;
  /** Set once it is being released and can't be shared any more. */
  released?: Promise<void>;
}

export interface TransactionLockOptions {
  readonly acquireTimeout: number | undefined;
  /** What the transaction is inside of. */
  readonly around: readonly Enclosing[];
  readonly signal: AbortSignal | undefined;
}

/** The locks of a transaction and all transactions nested in it. They share one holder, so that none waits for another. */
export class TransactionLocks {
  readonly holder: string;
  readonly #around: TransactionLocks | undefined;
  readonly #held = new Map<ResultLockManager, Map<string, HeldLock>>();

  /** `around`: the locks of the transaction in which this family began, if any. */
  constructor(around: TransactionLocks | undefined, holder: string = generateHolder()) {
    this.#around = around;
    this.holder = holder;
  }

  /** Adds a lock that the holder has already, and that another component releases. */
  adopt(manager: ResultLockManager, key: string): void {
    const granted = Promise.resolve();
    this.#add(manager, {
      key,
      holder: this.holder,
      granted,
      isGranted: true,
      hasFailed: false,
      users: 1,
      release: () => granted,
    });
  }

  /** The holder of the lock, if this family or a surrounding one has it. */
  holderOf(store: ResultStore, key: string): string | undefined {
    const lock = this.#find(store.lockManager, key);
    return lock?.isGranted ? lock.holder : undefined;
  }

  /** How long a member may wait for a lock of another holder. */
  timeout(acquireTimeout: number | undefined): number | undefined {
    return acquireTimeout ?? (this.#keys().length > 0 ? defaultNestedTimeout : undefined);
  }

  /**
   * Takes the lock, or shares it if the family has it. Returns a function that gives it back; the last user releases it.
   * Rejects with `LockTimeoutError`, which names the locks that were held during the wait.
   */
  async acquire(store: ResultStore, key: string, options: TransactionLockOptions): Promise<() => Promise<void>> {
    const shared = this.#find(store.lockManager, key);
    const lock = shared ?? this.#take(store, key, options);
    lock.users++;
    let isOver = false;
    const end = async () => {
      if (isOver) return;
      isOver = true;
      if (--lock.users === 0) await (lock.released = lock.release());
    };
    try {
      const isGranted = lock.isGranted || (await waitFor(lock, shared ? options : {}));
      if (!isGranted) throw lockTimeout(key, options.acquireTimeout);
      return end;
    } catch (error) {
      await end();
      // the timeout of another caller doesn't apply to this one
      if (shared?.hasFailed && !options.signal?.aborted) return this.acquire(store, key, options);
      throw error;
    }
  }

  #find(manager: ResultLockManager | undefined, key: string): HeldLock | undefined {
    if (!manager) return undefined;
    const own = this.#held.get(manager)?.get(key);
    if (own && !own.released && !own.hasFailed) return own;
    return this.#around && this.#around.#find(manager, key);
  }

  #take(store: ResultStore, key: string, { acquireTimeout, signal, around }: TransactionLockOptions): HeldLock {
    const { holder } = this;
    const others = this.#keys();
    const options = { holder, acquireTimeout: this.timeout(acquireTimeout), signal };
    // a holder that takes a lock during its own release would lose it
    const before = this.#held.get(store.lockManager!)?.get(key)?.released;
    let end!: () => void;
    let resolve!: () => void;
    let reject!: (error: unknown) => void;
    const ended = new Promise<void>((done) => (end = done));
    const granted = new Promise<void>((...both) => ([resolve, reject] = both));
    const hold = async () => {
      await before;
      // at once, and not after the limit of a wait for another transaction
      await assertNotHeldAround(around, store.lockManager!, key, holder);
      await store.withLock(
        key,
        () => {
          lock.isGranted = true;
          resolve();
          return ended;
        },
        options,
      );
    };
    const released = hold()
      .catch((error: unknown) => {
        lock.hasFailed = true;
        reject(error instanceof LockTimeoutError ? namingAll(error, key, others) : error);
      })
      .finally(() => this.#remove(store.lockManager, lock));
    const release = () => {
      end();
      return released;
    };
    const lock: HeldLock = { key, holder, granted, isGranted: false, hasFailed: false, users: 0, release };
    return this.#add(store.lockManager, lock);
  }

  #add(manager: ResultLockManager | undefined, lock: HeldLock): HeldLock {
    if (!manager) return lock;
    const ofManager = this.#held.get(manager) ?? new Map<string, HeldLock>();
    this.#held.set(manager, ofManager.set(lock.key, lock));
    return lock;
  }

  #remove(manager: ResultLockManager | undefined, lock: HeldLock): void {
    const ofManager = manager && this.#held.get(manager);
    if (ofManager?.get(lock.key) === lock) ofManager.delete(lock.key);
  }

  #keys(): string[] {
    const own = [...this.#held.values()].flatMap((locks) => [...locks.keys()]);
    return this.#around ? [...this.#around.#keys(), ...own] : own;
  }
}

/** Returns false after the timeout. */
async function waitFor({ granted }: HeldLock, options: Partial<TransactionLockOptions>): Promise<boolean> {
  const { acquireTimeout: timeout, signal } = options;
  return settleWithin({ timeout, signal, otherwise: false }, (resolve, reject) => {
    granted.then(() => resolve(true), reject);
    return () => {};
  });
}

function namingAll(error: LockTimeoutError, key: string, others: readonly string[]): LockTimeoutError {
  if (others.length === 0) return error;
  const held = others.map((other) => `"${other}"`).join(", ");
  return new LockTimeoutError(
    `${error.message}, while this transaction holds ${held}. Two transactions that take the same locks in opposite order wait for each other`,
    { key, cause: error },
  );
}
