import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { LeaseTable } from "../../../src/browser/locks/lease-table.ts";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import type { Progress } from "../../../src/core/concurrency/progress.ts";
import type { AcquireLockOptions, LockGrant } from "../../../src/core/locks/result-lock-manager.ts";
import type { InvalidateTarget } from "../../../src/core/store/invalidate.ts";
import type { InvalidationMode, InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import { put, type SampleOptions } from "../../../src/testing/storages/storage-scene.ts";
import type { Transaction } from "../../../src/core/work/transaction.ts";
import { isRepriseError } from "../../../src/errors/index.ts";
import { transaction } from "../../stores.ts";

/** One stretch of work under a lock, in milliseconds since 1970. */
export interface Stint {
  readonly token: number;
  readonly takenOver: boolean;
  readonly from: number;
  /** When the work ended: by a release, or by the signal of a lost lock. */
  readonly to: number;
  readonly leaseEnd: number;
  readonly lost: boolean;
  /** Whether the lease was still on file at some moment of the work before its end, if that was looked at in time. */
  readonly onFile: boolean | undefined;
}

export interface RaceOptions {
  readonly key: string;
  readonly holder: string;
  readonly lease: number;
  /** The work lasts as long as the lease, more or less so many milliseconds. */
  readonly jitter: number;
  readonly rounds: number;
}

/** What another context does in a test: a worker or an iframe calls these, and so may the page itself. */
export class LockActor {
  readonly #name: string;
  readonly #locks: WebLockManager;
  readonly #leases: LeaseTable;
  readonly #storage: IndexedDbStorage;
  readonly #grants = new Map<string, LockGrant>();

  constructor(name: string) {
    this.#name = name;
    this.#locks = new WebLockManager({ name });
    this.#leases = LeaseTable.open(name);
    this.#storage = new IndexedDbStorage({ name });
  }

  /** The grant's token, if there was a grant. */
  async acquire(
    key: string,
    holder: string,
    options: AcquireLockOptions = {},
  ): Promise<Pick<LockGrant, "token" | "takenOver" | "expiresAt"> | undefined> {
    const grant = await this.#locks.acquireLock(key, holder, options);
    if (!grant) return undefined;
    this.#grants.set(key, grant);
    const { token, takenOver, expiresAt } = grant;
    return { token, takenOver, expiresAt };
  }

  /** Keeps `text` under the key, with the grant that this actor had last. */
  async write(key: string, text: string): Promise<void> {
    const metadata = { storageKey: key, createdAt: new Date(), serializer: { type: "text" }, libraryVersion: "0.0.0" };
    await this.#storage.write(key, new TextEncoder().encode(text), { metadata, grant: this.#grants.get(key) });
  }

  /** Computes and keeps a result. */
  async compute(key: string, options: { expiresIn?: number; refresh?: boolean }): Promise<void> {
    await createResultStore({ name: this.#name }).getOrCompute(key, () => 1, options);
  }

  async delete(key: string): Promise<void> {
    await createResultStore({ name: this.#name }).delete(key);
  }

  async clear(): Promise<void> {
    await createResultStore({ name: this.#name }).clear();
  }

  /** Begins a computation in this context. */
  async begin(key: string): Promise<string> {
    return this.#storage.begin(key);
  }

  /** Keeps the value of a computation that began at `since`. */
  async keep(key: string, options: SampleOptions): Promise<void> {
    await put(this.#storage, key, options);
  }

  async invalidate(target: InvalidationTarget, mode: InvalidationMode): Promise<void> {
    await this.#storage.invalidate(target, { mode, now: Date.now() });
  }

  /** The same, through a store of this context. */
  async invalidateInStore(target: InvalidateTarget, mode: InvalidationMode): Promise<void> {
    await createResultStore({ name: this.#name }).invalidate(target, { mode });
  }

  async deleteRecord(key: string): Promise<boolean> {
    return this.#storage.delete(key);
  }

  async read(key: string): Promise<string> {
    return new TextDecoder().decode((await this.#storage.read(key))?.bytes);
  }

  async release(key: string, holder: string): Promise<void> {
    await this.#locks.releaseLock(key, holder);
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    return this.#locks.isLockHolder(key, holder);
  }

  /** Begins a transaction under the lock, stages in it and in a child, and never ends it. Resolves once all is staged. */
  async stayInTransaction(key: string): Promise<void> {
    const store = createResultStore({ name: this.#name });
    await new Promise<void>((resolve, reject) => {
      const options = { key, isolationLevel: IsolationLevel.SERIALIZABLE };
      const stay = async (txn: Transaction) => {
        await txn.run(transaction, { key: `${key}/child`, isolationLevel: IsolationLevel.SERIALIZABLE }, (child) =>
          child.stage(1),
        );
        txn.stage("half");
        resolve();
        await new Promise(() => {});
      };
      transaction({ store, ...options }, stay).catch(reject);
    });
  }

  async waitForLock(key: string): Promise<boolean> {
    return (await this.#locks.waitForLock(key)) !== undefined;
  }

  async report(key: string, holder: string, progress: Progress): Promise<void> {
    this.#locks.reportProgress(key, holder, progress);
  }

  /** Waits until this context is told a progress with `fraction`. Resolves to all that it was told. */
  async awaitProgress(key: string, fraction: number): Promise<Progress[]> {
    const told: Progress[] = [];
    await new Promise<void>((resolve, reject) => {
      const onProgress = (progress: Progress) => {
        told.push(progress);
        if (progress.fraction === fraction) resolve();
      };
      this.#locks.waitForLock(key, { onProgress }).then(() => reject(new Error("the lock is free")), reject);
    });
    return told;
  }

  /** The code of the error by which the lock of `key` was lost. */
  async lostBy(key: string): Promise<string | undefined> {
    const signal = this.#grants.get(key)?.signal;
    if (signal && !signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return isRepriseError(signal?.reason) ? signal.reason.code : undefined;
  }

  /** Runs nothing else until `time`, in milliseconds since 1970: no timers, no messages. */
  async blockUntil(time: number): Promise<void> {
    while (Date.now() < time);
  }

  async race({ key, holder, lease, jitter, rounds }: RaceOptions): Promise<Stint[]> {
    const stints: Stint[] = [];
    while (stints.length < rounds) {
      const grant = await this.#locks.acquireLock(key, holder, { holdTimeout: lease });
      if (!grant) throw new Error("a lock that is waited for without a timeout has to be granted");
      const from = clock();
      let to = Infinity;
      grant.signal.addEventListener("abort", () => (to = Math.min(to, clock())));
      await pause(lease / 2);
      const look = this.#leases
        .read([key])
        .then(([row]) => (Date.now() < Number(grant.expiresAt) ? row?.token === grant.token : undefined));
      await pause(lease / 2 + (Math.random() * 2 - 1) * jitter);
      to = Math.min(to, clock());
      const lost = await this.#locks.releaseLock(key, holder).then(
        () => false,
        () => true,
      );
      stints.push({
        token: grant.token,
        takenOver: grant.takenOver,
        from,
        to,
        leaseEnd: Number(grant.expiresAt),
        lost,
        onFile: await look,
      });
    }
    return stints;
  }
}

const pause = (delay: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delay));

/** Finer than `Date.now`, and the same in all contexts of a page. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}
