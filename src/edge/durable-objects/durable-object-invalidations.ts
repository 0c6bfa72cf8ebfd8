import type { Invalidation, InvalidationMode, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { type InvalidationsSince, InvalidationTable, type Judged } from "../../core/invalidation/invalidation-table.ts";
import {
  type InvalidationNamespaceBinding,
  invalidationShards,
  type InvalidationStub,
  partFor,
  shardOf,
  splitTags,
} from "../bindings/invalidation-namespace.ts";
import { callObject } from "./durable-object-calls.ts";

/** Milliseconds for which an isolate relies on the answer of an object. */
const maxAge = 5_000;
/** Above this number of targets and tags, an isolate asks anew. */
const maxKnown = 20_000;

/** An object keeps an invalidation in a row, which may have 2 MB. */
const maxKeysAtOnce = 250;

const known = new WeakMap<InvalidationNamespaceBinding, DurableObjectInvalidations>();

/**
 * The invalidations of prefixes and tags that the Durable Objects of `RESULT_INVALIDATIONS` keep, as this isolate knows them. It asks
 * one object, and those of the tags that it meets, at most every five seconds.
 */
export class DurableObjectInvalidations {
  readonly #namespace: InvalidationNamespaceBinding;
  #table = new InvalidationTable();
  /** The object that this isolate asks: isolates share the objects. */
  #home: number | undefined;
  #position = 0;
  #askedAt = -Infinity;
  /** When the object of a tag was asked, in milliseconds since 1970. */
  readonly #tagsAskedAt = new Map<string, number>();

  /** Storages over one binding share what they know. */
  static of(namespace: InvalidationNamespaceBinding): DurableObjectInvalidations {
    const shared = known.get(namespace) ?? new DurableObjectInvalidations(namespace);
    known.set(namespace, shared);
    return shared;
  }

  private constructor(namespace: InvalidationNamespaceBinding) {
    this.#namespace = namespace;
  }

  /** The number of the last invalidation that is known here. */
  get latest(): number {
    return this.#table.latest;
  }

  /** Resolves once all objects know of the invalidation. `inBackground`: keeps the Worker alive while they learn of one of keys. */
  async note(
    target: InvalidationTarget,
    mode: InvalidationMode,
    inBackground: (work: Promise<unknown>) => void,
  ): Promise<void> {
    if (target === "all" || !("keys" in target)) return this.#noteOne(target, mode, inBackground);
    for (let i = 0; i < target.keys.length; i += maxKeysAtOnce) {
      await this.#noteOne({ keys: target.keys.slice(i, i + maxKeysAtOnce) }, mode, inBackground);
    }
  }

  async #noteOne(
    target: InvalidationTarget,
    mode: InvalidationMode,
    inBackground: (work: Promise<unknown>) => void,
  ): Promise<void> {
    const noted = await this.#call(0, (object) => object.note(target, mode));
    const isOfKeys = target !== "all" && "keys" in target;
    if (isOfKeys) this.#table.noteLatest(noted.number);
    else this.#table.add(splitTags(noted));
    const others = Array.from({ length: invalidationShards - 1 }, (_, i) => i + 1);
    const learning = Promise.all(
      others.map((shard) => this.#call(shard, (object) => object.add(noted.number, partFor(shard, noted)))),
    );
    // the storage itself refuses what began before a change of a key
    if (isOfKeys) inBackground(learning.catch(() => {}));
    else await learning;
  }

  /** The invalidation that counts against a record. A promise only if an object has to be asked. `fresh`: asks in any case. */
  judge(record: Judged, fresh = false): Invalidation | undefined | Promise<Invalidation | undefined> {
    const asking = this.refresh(record.tags, fresh);
    // another call may forget the table in the meantime
    const table = this.#table;
    return asking ? asking.then(() => table.judge(record)) : table.judge(record);
  }

  /** Asks nobody. */
  judgeAsKnown(record: Judged): Invalidation | undefined {
    return this.#table.judge(record);
  }

  /** Asks the objects whose last answer is too old. `undefined` if there are none. */
  refresh(tags: readonly string[] = [], fresh = false): Promise<unknown> | undefined {
    const now = Date.now();
    const isOld = (askedAt = -Infinity) => fresh || now - askedAt >= maxAge || now < askedAt;
    const questions = new Map<number, string[]>();
    if (isOld(this.#askedAt)) questions.set((this.#home ??= Math.floor(Math.random() * invalidationShards)), []);
    for (const tag of tags) {
      if (!isOld(this.#tagsAskedAt.get(tag))) continue;
      const shard = shardOf(tag);
      questions.set(shard, [...(questions.get(shard) ?? []), tag]);
    }
    if (questions.size === 0) return undefined;
    if (this.#table.size + this.#tagsAskedAt.size > maxKnown) this.#forget();
    return Promise.all([...questions].map(([shard, asked]) => this.#look(shard, asked, now)));
  }

  /** The number of the last invalidation of all, also of one that some objects have not learned of. */
  async lastNumber(): Promise<number> {
    const { latest } = await this.#call(0, (object) => object.look(Number.MAX_SAFE_INTEGER, []));
    this.#table.noteLatest(latest);
    return latest;
  }

  /** The last invalidations in their order, also those of keys. */
  log(since: number): Promise<InvalidationsSince> {
    return this.#call(0, (object) => object.log(since));
  }

  /** The last invalidation that covered the key, or these tags. */
  last(key: string, tags: readonly string[] = []): Promise<Invalidation | undefined> {
    return this.#call(0, (object) => object.last(key, tags));
  }

  async #look(shard: number, tags: readonly string[], now: number): Promise<void> {
    const isHome = shard === this.#home;
    const table = this.#table;
    // only the home's own invalidations of prefixes are wanted
    const after = isHome ? this.#position : Number.MAX_SAFE_INTEGER;
    const news = await this.#call(shard, (object) => object.look(after, tags));
    table.add(news.invalidations);
    table.forgetBefore(news.floor);
    for (const tag of tags) this.#tagsAskedAt.set(tag, now);
    if (!isHome) return;
    table.noteLatest(news.latest);
    if (table !== this.#table) return;
    this.#position = Math.max(this.#position, news.position);
    this.#askedAt = now;
  }

  #forget(): void {
    const { latest } = this.#table;
    this.#table = new InvalidationTable();
    // what begins now must not count as older than it is
    this.#table.noteLatest(latest);
    this.#position = 0;
    this.#askedAt = -Infinity;
    this.#tagsAskedAt.clear();
  }

  #call<T>(shard: number, call: (object: InvalidationStub) => Promise<T>): Promise<T> {
    return callObject(this.#namespace, { key: String(shard), what: "The invalidations'" }, call);
  }
}
