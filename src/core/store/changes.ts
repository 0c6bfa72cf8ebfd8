import { InvalidArgumentError, LockNotHeldError } from "../../errors/index.ts";
import type { ChangeKind, InvalidationTarget } from "../invalidation/invalidation.ts";
import type { LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { invalidateIn } from "../storages/invalidate-in.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import { clearStorage, deleteManyFrom } from "../storages/storage-fallbacks.ts";
import { allOrFirstError } from "../concurrency/all-or-first-error.ts";
import { onlyGiven } from "../support/only-given.ts";
import type { Answers } from "../answers/answers.ts";
import type { InvalidateOptions, PersistOptions, ScopeOptions } from "../options/call-options.ts";
import type { RecordAccess } from "../answers/record-access.ts";
import type { StoreLocks } from "../answers/store-locks.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** The storage for a scope. */
export function storageIn(storage: ResultStorage, scope: ScopeOptions["scope"]): ResultStorage {
  if (scope === undefined) return storage;
  if (scope === "local") return storage.local ?? storage;
  throw new InvalidArgumentError(`scope has to be "local" or absent; got ${JSON.stringify(scope) ?? typeof scope}`);
}

/**
 * The changes that are made by hand: writes, deletions, invalidations. Each is an event in time. What began to be computed
 * before is neither kept nor joined afterwards. Only a lock that somebody took by hand refuses a change.
 */
export class Changes {
  readonly #options: ResolvedStoreOptions;
  readonly #access: RecordAccess;
  readonly #locks: StoreLocks;
  readonly #answers: Answers;

  constructor(options: ResolvedStoreOptions, access: RecordAccess, locks: StoreLocks, answers: Answers) {
    this.#options = options;
    this.#access = access;
    this.#locks = locks;
    this.#answers = answers;
  }

  async write(record: ResultRecord, { holder, ...conditions }: PersistOptions): Promise<void> {
    const { storageKey: key } = record.metadata;
    const captured = record.capture();
    if (holder === undefined) return this.#writeByHand(captured, conditions);
    const grant = await this.#locks.grantForWrite(key, holder);
    await this.#access.keep(captured, { ...conditions, ...onlyGiven({ grant }), holder });
    if (grant) this.#locks.noteCommit(grant, record.metadata.etag);
  }

  /** A storage that has the leases too looks at them itself, so that the write is one call. */
  async #writeByHand(captured: ResultRecord, conditions: Omit<PersistOptions, "holder">): Promise<void> {
    const { storageKey: key } = captured.metadata;
    const { resultStorage, lockManager } = this.#options;
    const place = lockManager?.leasePlace;
    if (place !== undefined && place === resultStorage.leasePlace) {
      try {
        await this.#answers.settle(key);
        return await this.#access.keep(captured, { ...conditions, unlessHeld: true });
      } catch (error) {
        // the holder of the lease may be gone
        if (!(error instanceof LockNotHeldError)) throw error;
      }
    }
    await this.#access.keep(captured, { ...conditions, ...(await this.#prepare("written", key)) });
  }

  async delete(key: string, holder: string | undefined, scope: ScopeOptions["scope"]): Promise<boolean> {
    if (scope !== undefined) return (await this.#deleteIn(scope, [key]))[0]!;
    const grant = holder === undefined ? undefined : await this.#locks.grantForDelete(key, holder);
    const change = holder === undefined ? await this.#prepare("invalidated", key) : onlyGiven({ grant });
    const deleting = this.#options.resultStorage.delete(key, change).then((one) => [one]);
    return (await this.#tell([key], deleting, holder))[0]!;
  }

  async deleteMany(keys: readonly string[], scope: ScopeOptions["scope"]): Promise<boolean[]> {
    if (scope !== undefined) return this.#deleteIn(scope, keys);
    const { resultStorage: storage } = this.#options;
    const tokens = await this.#prepareAll(keys);
    const one = async (key: string) => storage.delete(key, onlyGiven({ token: tokens.get(key) }));
    return this.#tell(keys, tokens.size > 0 ? allOrFirstError(keys.map(one)) : deleteManyFrom(storage, keys));
  }

  async invalidate(target: InvalidationTarget, { mode = "delete", scope }: InvalidateOptions): Promise<void> {
    const { resultStorage, now, emit } = this.#options;
    const storage = storageIn(resultStorage, scope);
    const keys = target !== "all" && "keys" in target && scope === undefined ? target.keys : [];
    const tokens = await this.#prepareAll(keys);
    await this.#access.outdate("invalidated", target);
    const invalidating = invalidateIn(storage, target, { mode, now: now(), tokens });
    await invalidating.finally(() => this.#access.changed("invalidated", target));
    emit?.({ type: "invalidate", target, mode });
  }

  async clear(scope: ScopeOptions["scope"]): Promise<void> {
    const storage = storageIn(this.#options.resultStorage, scope);
    await this.#access.outdate("invalidated", "all");
    await clearStorage(storage).finally(() => this.#access.changed("invalidated", "all"));
    this.#options.emit?.({ type: "clear" });
  }

  /** Copies in this browser need no lock. */
  async #deleteIn(scope: ScopeOptions["scope"], keys: readonly string[]): Promise<boolean[]> {
    await this.#access.outdate("invalidated", { keys });
    return this.#tell(keys, deleteManyFrom(storageIn(this.#options.resultStorage, scope), keys));
  }

  async #tell(keys: readonly string[], deleting: Promise<boolean[]>, holder?: string): Promise<boolean[]> {
    const deleted = await deleting.finally(() => this.#access.changed("invalidated", { keys }, holder));
    for (const [i, key] of keys.entries()) if (deleted[i]) this.#options.emit?.({ type: "delete", key });
    return deleted;
  }

  async #prepare(kind: ChangeKind, key: string): Promise<{ grant?: LockGrant; token?: number }> {
    await this.#answers.settle(key);
    const token = await this.#locks.endComputation(key);
    await this.#access.outdate(kind, { keys: [key] });
    return onlyGiven({ token });
  }

  /** The tokens for the changes, by key. Ends no computation while somebody has a lock by hand. */
  async #prepareAll(keys: readonly string[]): Promise<Map<string, number>> {
    await Promise.all(keys.map((key) => this.#answers.settle(key)));
    const tokens = await allOrFirstError(keys.map((key) => this.#locks.endComputation(key)));
    if (keys.length > 0) await this.#access.outdate("invalidated", { keys });
    return new Map(keys.flatMap((key, i) => (tokens[i] === undefined ? [] : [[key, tokens[i]]])));
  }
}
