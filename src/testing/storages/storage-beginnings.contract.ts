import type { InvalidationMode, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import type { ResultStorage, StorageBeginOptions, StoredRecord } from "../../core/storages/result-storage.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import {
  expectRecord,
  put,
  type SampleOptions,
  stateOf,
  type StoragePlay,
  type StorageScene,
} from "./storage-scene.ts";

const racers = 20;
const modes: readonly InvalidationMode[] = ["delete", "expire"];

/** A computation of the value of `key`. Call the result to keep the value. */
export async function beginAt(
  storage: ResultStorage,
  key: string,
  options?: StorageBeginOptions,
): Promise<(options?: SampleOptions) => Promise<StoredRecord>> {
  const since = await storage.begin!(key, options);
  return (sample) => put(storage, key, { ...sample, since });
}

/** The changes that cover the record "maps/a", which has the tag "maps", and its key's computations. */
export const coveringChanges: Record<string, (storage: ResultStorage) => Promise<unknown> | undefined> = {
  delete: (storage) => storage.delete("maps/a"),
  deleteMany: (storage) => storage.deleteMany?.(["other", "maps/a"]),
  clear: (storage) => storage.clear?.(),
  ...Object.fromEntries(
    modes.flatMap((mode) =>
      targets({ keys: ["other", "maps/a"] }, { prefix: "maps/" }, { tags: ["other", "maps"] }, "all").map((target) => [
        `invalidate ${JSON.stringify(target)}, ${mode}`,
        (storage: ResultStorage) => storage.invalidate?.(target, { mode, now: Date.now() }).catch(toAbsent),
      ]),
    ),
  ),
};

/** A storage may refuse all targets but keys. */
export function toAbsent(error: unknown): "absent" {
  if ((error as { code?: unknown }).code === "CONFIGURATION") return "absent";
  throw error;
}

async function keepsNone(storage: ResultStorage): Promise<boolean> {
  const options = { mode: "delete", now: Date.now() } as const;
  return (await storage.invalidate?.({ prefix: "a prefix of no key" }, options).catch(toAbsent)) === "absent";
}

function targets(...all: InvalidationTarget[]): InvalidationTarget[] {
  return all;
}

const tags = ["maps", "oslo"];

/** Computations, and what happens between their beginning and their write. */
const computations: Record<string, StoragePlay> = {
  async "a computed value is kept if nothing happened since it began"({ one, other }) {
    const first = await (await beginAt(one, "maps/a"))();
    await expectRecord(other, "maps/a", first);
    const second = await (await beginAt(other, "maps/a"))({ tags });
    await expectRecord(one, "maps/a", second);
  },
  async "the record that the caller found may stand in for a read"({ one, other }) {
    const first = await (await beginAt(one, "maps/a", { found: null }))();
    const second = await (await beginAt(other, "maps/a", { found: first.etag }))();
    await expectRecord(one, "maps/a", second);
    await expectRecord(one, "maps/a", second);
  },
  async "a value replaces no record that was written after its caller looked, and before it began"({ one, other }) {
    if (one.capabilities.consistency !== "strong") return;
    let found: string | null = null;
    for (let i = 0; i < 2; i++) {
      const written = await put(other, "maps/a", { tags: [String(i)] });
      const keep = await beginAt(one, "maps/a", { found });
      await assertRejects(keep(), "INVALIDATED");
      await expectRecord(one, "maps/a", written);
      found = written.etag;
    }
  },
  async "what a sweep removed meanwhile is no reason to refuse a value"({ one, other }) {
    if (!one.sweep) return;
    await put(one, "maps/a", { expiration: new Date(0) });
    const keep = await beginAt(other, "maps/a");
    await one.sweep({ now: Date.now() });
    await expectRecord(one, "maps/a", await keep());
  },
  async "changes of other keys, prefixes and tags are no reason to refuse a value"({ one, other }) {
    const keep = await beginAt(one, "maps/a");
    const now = Date.now();
    await other.delete("maps/b");
    await other.delete("maps");
    await put(other, "maps/a/b", { tags });
    for (const mode of modes) {
      for (const target of targets({ keys: ["maps/", "other"] }, { prefix: "maps/a/" }, { tags: ["map", "Maps"] }))
        await other.invalidate?.(target, { mode, now }).catch(toAbsent);
    }
    await expectRecord(other, "maps/a", await keep({ tags }));
  },
  async "a value that began before a write by hand is refused, and the written record stays"({ one, other }) {
    const first = await beginAt(one, "maps/a");
    const written = await put(other, "maps/a");
    await assertRejects(first(), "INVALIDATED");
    const second = await beginAt(one, "maps/a");
    const again = await put(other, "maps/a", { body: written.bytes });
    await assertRejects(second(), "INVALIDATED");
    await expectRecord(one, "maps/a", again);
  },
  async "of two computations, the one that writes first stays"({ one, other }) {
    const [older, newer] = [await beginAt(one, "maps/a"), await beginAt(other, "maps/a")];
    const written = await newer();
    await assertRejects(older(), "INVALIDATED");
    await expectRecord(one, "maps/a", written);
  },
  async "of 20 computations that write at once, one wins, and its record is there"({ one, other }) {
    const began = await Promise.all(Array.from({ length: racers }, (_, i) => beginAt(i % 2 ? one : other, "maps/a")));
    const outcomes = await Promise.allSettled(began.map((keep) => keep()));
    const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    assertEqual(winners.length, 1, "winners");
    await expectRecord(one, "maps/a", winners[0]!);
  },
  async "a computation that replaces others leaves the record, and refuses what began before"({ one, other }) {
    const before = await put(one, "maps/a");
    const [older, elsewhere] = [await beginAt(other, "maps/a"), await beginAt(other, "maps/b")];
    const newer = await beginAt(one, "maps/a", { replaces: true });
    await expectRecord(other, "maps/a", { bytes: before.bytes });
    await assertRejects(older(), "INVALIDATED");
    const written = await newer();
    await expectRecord(other, "maps/a", written);
    await elsewhere();
    const [absent, next] = [await beginAt(other, "maps/c"), await beginAt(one, "maps/c", { replaces: true })];
    await assertRejects(absent(), "INVALIDATED");
    await next();
  },
  async "a computed value is held to its other conditions too"({ one }) {
    const [keep, { etag }] = [await beginAt(one, "maps/b"), await put(one, "maps/a")];
    await assertRejects(keep({ ifMatch: etag }), "PRECONDITION_FAILED");
    await keep({ ifNoneMatch: "*" });
  },
};

const changes: Record<string, StoragePlay> = Object.fromEntries(
  Object.entries(coveringChanges).flatMap(([name, change]): [string, StoragePlay][] => [
    [
      `${name}: a value that began before is refused, one that began after is kept`,
      async ({ one, other }) => {
        for (const hasRecord of [true, false]) {
          // a storage that keeps no invalidations sees no change of a key without a record
          if (!hasRecord && name === "clear" && (await keepsNone(one))) return;
          if (hasRecord) await put(one, "maps/a", { tags });
          else await one.delete("maps/a");
          const [here, there] = [await beginAt(one, "maps/a"), await beginAt(other, "maps/a")];
          if ((await (change(one) ?? "absent")) === "absent") return;
          const error = await assertRejects(there({ tags }), "INVALIDATED");
          assertEqual(error.key, "maps/a");
          const after = await beginAt(other, "maps/a");
          await assertRejects(here({ tags }), "INVALIDATED");
          await expectRecord(one, "maps/a", await after({ tags }));
        }
      },
    ],
    [
      `${name}: at once with the write of a value that began before, that value is not served as fresh`,
      async (scene) => {
        for (const [changer, writer] of placesOf(scene)) {
          for (const isChangedFirst of [true, false]) {
            const keep = await beginAt(writer, "maps/a");
            const write = () => keep({ tags }).catch(assertInvalidated);
            const both = [() => change(changer) ?? changer.delete("maps/a"), write];
            if ((await keepsNone(changer)) && !/^(delete|invalidate \{"keys)/.test(name)) return;
            // the order is the storage's: the value is refused, or the change covers it
            await Promise.all((isChangedFirst ? both : both.toReversed()).map((call) => call()));
            const state = await stateOf(writer, "maps/a");
            assert(state !== "fresh", "the value is served as fresh");
            assert(state === "gone" || name.endsWith("expire"), "the value is still there");
          }
        }
      },
    ],
  ]),
);

/** The change and the write come from the same storage, and from two. */
function placesOf({ one, other }: StorageScene): [ResultStorage, ResultStorage][] {
  return [[one, one], ...(one === other ? [] : ([[one, other]] as [ResultStorage, ResultStorage][]))];
}

function assertInvalidated(error: unknown): void {
  const { code } = error as { code?: unknown };
  assert(code === "INVALIDATED", `expected an error with the code INVALIDATED, got ${String(error)}`);
}

/** Writes of values that began before a change. The cases need `begin`. */
export const storageBeginnings: Record<string, StoragePlay> = Object.fromEntries(
  Object.entries({ ...computations, ...changes }).map(([name, play]) => [
    name,
    async (scene) => {
      if (scene.one.begin && scene.other.begin) await play(scene);
    },
  ]),
);
