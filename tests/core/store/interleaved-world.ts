import type { InvalidateTarget } from "../../../src/core/store/invalidate.ts";
import { covers, type InvalidationMode, type InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { toTarget } from "../../../src/core/store/invalidate.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";
import { settled } from "../../trials/fake-time.ts";

export const keys = ["a/0", "a/1", "b/2"] as const;
const tagsOf: Record<string, string[]> = { "a/0": ["x"], "a/1": ["x", "y"], "b/2": [] };

export interface Variant {
  readonly locks: boolean;
  readonly waitUntil: boolean;
  /** When the stores hear of each other's changes. If they don't, they keep no records in memory. */
  readonly news: "at once" | "late" | "never";
}

export interface CallCommand {
  readonly type: "call";
  readonly store: number;
  readonly key: number;
  readonly refresh: boolean;
  readonly fails: boolean;
  readonly staleWhileRevalidate: boolean;
  readonly errorExpiresIn: boolean;
  readonly tagsOfValue: boolean;
}

export type ChangeCommand =
  | { readonly type: "write" | "delete"; readonly store: number; readonly key: number }
  | { readonly type: "clear"; readonly store: number }
  | { readonly type: "deleteMany"; readonly store: number; readonly keys: readonly number[] }
  | {
      readonly type: "invalidate";
      readonly store: number;
      readonly target: InvalidateTarget;
      readonly mode: InvalidationMode;
    };

export type Command = CallCommand | ChangeCommand;

interface Value {
  readonly key: string;
  /** When its computation began, or its write. */
  readonly began: number;
}

class ComputationError extends Error {
  override name = "ComputationError";
}

interface Refresh {
  readonly key: string;
  readonly at: number;
  /** A change of the key overlaps it, so that its result may be lost. */
  isDisturbed?: boolean;
}

interface Bound {
  readonly at: number;
  readonly ended?: number;
  readonly covers: (key: string) => boolean;
  /** A stale result may still be served. */
  readonly expires?: boolean;
}

/**
 * Two stores over one place, whose every step waits until the schedule lets it go on: each call of the storage and of the lock
 * manager, before and after, and each computation.
 */
export class InterleavedWorld {
  readonly #variant: Variant;
  readonly #stores: readonly ResultStore[];
  readonly #storage = new MemoryStorage();
  readonly #paused: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  /** The changes that have ended. What began before one must not be served to calls after it. */
  readonly #bounds: Bound[] = [];
  /** When each value was kept, by its beginning. */
  readonly #kept = new Map<number, number>();
  /** The refreshes that have ended. */
  readonly #refreshed: Refresh[] = [];
  readonly #refreshing = new Set<Refresh>();
  readonly #byHand = new Set<number>();
  readonly #newest = new Map<string, number>();
  #time = 0;
  readonly faults: string[] = [];
  readonly story: string[] = [];

  constructor(variant: Variant) {
    this.#variant = variant;
    const channels = new Set<MemoryChannel>();
    const resultStorage = this.#paced(this.#storage, ["read", "write", "begin", "invalidate", "delete", "clear"]);
    const locks = this.#paced(new MemoryLockManager(), ["acquireLock", "releaseLock", "isLocked", "waitForLock"]);
    this.#watchWrites();
    this.#stores = [0, 1].map(() =>
      createStore({
        resultStorage,
        ...(variant.locks && { lockManager: locks }),
        ...(variant.waitUntil && { waitUntil: (promise: Promise<unknown>) => this.#follow(promise) }),
        ...(variant.news === "never" ? { cacheResultInMemory: false } : { changes: this.#createChannel(channels) }),
        onEvent: () => {},
      }),
    );
  }

  /** The steps that may go on. */
  get paused(): number {
    return this.#paused.length;
  }

  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  goOn(index: number): void {
    const [step] = this.#paused.splice(index, 1);
    step!();
  }

  do(command: Command): void {
    this.#follow(command.type === "call" ? this.#call(command) : this.#change(command));
  }

  /** At the end: nothing that began before a change is left, in the storage or in memory. */
  async check(): Promise<void> {
    for (const store of [...this.#stores, createStore({ resultStorage: this.#storage })]) {
      for (const key of keys) {
        const reading = store.read(key, { wait: false });
        while (this.#paused.length > 0) this.goOn(0);
        await settled();
        while (this.#paused.length > 0) {
          this.goOn(0);
          await settled();
        }
        const record = await reading;
        if (!record) continue;
        const value = record.result as Value;
        this.#judge(`read of ${key} at the end`, value, this.#boundOf(key));
        this.#judgeRefreshes(`read of ${key} at the end`, key, value, this.#refreshed);
      }
    }
  }

  #follow(promise: Promise<unknown>): void {
    const end = promise
      .catch((error: unknown) => void this.faults.push(`rejected: ${String(error)}`))
      .finally(() => this.#running.delete(end));
    this.#running.add(end);
  }

  async #call(command: CallCommand): Promise<void> {
    const { refresh, fails, staleWhileRevalidate, errorExpiresIn, tagsOfValue } = command;
    const key = keys[command.key]!;
    const tags = tagsOf[key]!;
    const asked = ++this.#time;
    const name = `${asked}: call of ${key} in ${command.store}${refresh ? " (refresh)" : ""}`;
    this.story.push(name);
    const bounds = this.#boundOf(key);
    const refreshed = [...this.#refreshed];
    const own: Refresh = { key, at: asked };
    // without locks, another refresh replaces it even if that one fails
    const others = [...this.#refreshing].filter((one) => one.key === key);
    for (const one of refresh && others.length > 0 ? [own, ...others] : []) one.isDisturbed = true;
    if (refresh) this.#refreshing.add(own);
    if (refresh) bounds.push({ at: asked, covers: () => true });
    const compute = async () => {
      const began = ++this.#time;
      this.story.push(`${began}: computation for ${asked}`);
      await this.#pause();
      if (fails) throw Object.assign(new ComputationError("no"), { began });
      return { key, began };
    };
    try {
      const answer = await this.#stores[command.store]!.answer<Value>(key, compute, {
        refresh,
        expiresIn: "1h",
        tags: tagsOfValue ? () => tags : tags,
        ...(staleWhileRevalidate && { staleWhileRevalidate: "1h" }),
        ...(errorExpiresIn && { errorExpiresIn: "1h" }),
      });
      this.story.push(
        `${this.#time}: ${asked} got ${answer.value.began} (${answer.source}${answer.isStale ? ", stale" : ""})`,
      );
      this.#judge(name, answer.value, bounds, answer);
      this.#judgeRefreshes(name, key, answer.value, refreshed);
      if (answer.isStale && !staleWhileRevalidate) this.faults.push(`${name} got a stale value`);
      if (refresh && !this.#variant.waitUntil && !own.isDisturbed) this.#refreshed.push(own);
    } catch (error) {
      const { began } = error as Partial<Value>;
      this.story.push(`${this.#time}: ${asked} threw ${String(error)} of ${began}`);
      if (began === undefined) throw error;
      this.#judge(name, { key, began }, bounds, { source: "error" });
    } finally {
      this.#refreshing.delete(own);
    }
  }

  async #change(command: ChangeCommand): Promise<void> {
    const store = this.#stores[command.store]!;
    const at = ++this.#time;
    this.story.push(`${at}: ${JSON.stringify(command)}`);
    const [target, run] = this.#actionOf(command, store, at);
    const disturb = () => {
      // while tags are not known yet, any invalidation by tags counts
      const covered = (key: string) => (target !== "all" && "tags" in target) || covers(target, key);
      for (const one of this.#refreshing) one.isDisturbed ||= covered(one.key);
    };
    disturb();
    await run();
    disturb();
    this.story.push(`${this.#time}: end of ${at}`);
    const expires = command.type === "invalidate" && command.mode === "expire";
    this.#bounds.push({ at, ended: ++this.#time, expires, covers: (key) => covers(target, key, tagsOf[key]) });
  }

  #actionOf(command: ChangeCommand, store: ResultStore, began: number): [InvalidationTarget, () => Promise<unknown>] {
    if (command.type === "clear") return ["all", () => store.clear()];
    if (command.type === "invalidate") {
      const { target, mode } = command;
      return [toTarget(target), () => store.invalidate(target, { mode })];
    }
    if (command.type === "deleteMany") {
      const some = command.keys.map((key) => keys[key]!);
      return [{ keys: some }, () => store.deleteMany(some)];
    }
    const key = keys[command.key]!;
    const write = () => store.write(key, { key, began }, { tags: tagsOf[key]!, expiresIn: "1h" });
    return [{ keys: [key] }, command.type === "write" ? write : () => store.delete(key)];
  }

  #boundOf(key: string): Bound[] {
    return this.#bounds.filter((bound) => bound.covers(key));
  }

  #judge(name: string, value: Value, bounds: readonly Bound[], answer?: { source: string; isStale?: boolean }): void {
    const { source, isStale } = answer ?? {};
    // a write by hand that was under way wins
    const began = (this.#byHand.has(value.began) && this.#kept.get(value.began)) || value.began;
    for (const { at, ended = at, expires } of bounds) {
      if (began >= at || (expires && isStale)) continue;
      // without news of it, a call may find or join what was found or kept before the change, or join one that fails
      const wasKept = (this.#kept.get(value.began) ?? Infinity) < ended;
      const isNear = source === "error" || (wasKept && (source === "joined" || source === "memory"));
      const isUnheard = this.#variant.news !== "at once" && isNear;
      if (!isUnheard) this.faults.push(`${name}: ${began} began before the change at ${at} (${source})`);
    }
  }

  /** A value that a refresh was to replace is not served after it. */
  #judgeRefreshes(name: string, key: string, { began }: Value, refreshes: readonly Refresh[]): void {
    const last = Math.max(0, ...refreshes.filter((each) => each.key === key).map(({ at }) => at));
    if (began < last && !this.#byHand.has(began))
      this.faults.push(`${name}: ${began} began before the refresh at ${last}`);
  }

  /** An older computation never replaces a newer result. */
  #watchWrites(): void {
    const write = this.#storage.write.bind(this.#storage);
    this.#storage.write = async (key, bytes, options) => {
      const written = await write(key, bytes, options);
      const began = Number(/"began":(\d+)/.exec(new TextDecoder().decode(bytes))?.[1] ?? NaN);
      const isByHand = options.since === undefined;
      this.#kept.set(began, ++this.#time);
      this.story.push(`${this.#time}: kept ${began} under ${key}`);
      if (isByHand) this.#byHand.add(began);
      const newest = this.#newest.get(key) ?? 0;
      if (!isByHand && began < newest) this.faults.push(`${began} replaced ${newest} under ${key}`);
      this.#newest.set(key, isByHand ? this.#time : began);
      return written;
    };
  }

  #createChannel(channels: Set<MemoryChannel>): MemoryChannel {
    const channel = new MemoryChannel(channels);
    const post = channel.post.bind(channel);
    if (this.#variant.news === "late")
      channel.post = (...change) => this.#follow(this.#pause().then(() => post(...change)));
    return channel;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#paused.push(resolve));
  }

  /** The same part, whose methods wait before and after. */
  #paced<Part extends object>(part: Part, methods: readonly (keyof Part)[]): Part {
    return new Proxy(part, {
      get: (_, name) => {
        const member: unknown = part[name as keyof Part];
        if (typeof member !== "function") return member;
        const method = member.bind(part) as (...args: unknown[]) => unknown;
        if (!methods.includes(name as keyof Part)) return method;
        return async (...args: unknown[]) => {
          await this.#pause();
          const result = await method(...args);
          await this.#pause();
          return result;
        };
      },
    });
  }
}
