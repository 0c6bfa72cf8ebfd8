import type { ResultStore } from "../../core/store/result-store.ts";
import type { InvalidateOptions } from "../../core/options/call-options.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import { gate, type StoreCase, type StoreWorld, watch, type Watched, watchWithoutLocks } from "./store-world.ts";
import { eventually, inTime } from "../cases/wait-for.ts";

const key = "maps/oslo";
const tags = ["maps", "roads"];

type Change = (store: ResultStore, options?: InvalidateOptions) => Promise<unknown>;

/** Changes of `key`, by name. */
const changesOfKeys: Readonly<Record<string, Change>> = {
  delete: (store) => store.delete(key),
  deleteMany: (store) => store.deleteMany(["other", key]),
  write: (store) => store.write(key, "by hand", { tags }),
  "invalidate(key)": (store, options) => store.invalidate(key, options),
  "invalidate(keys)": (store, options) => store.invalidate(["other", key], options),
};

/** Changes of `key` among others. A storage may not keep the first three. */
const changesOfMany: Readonly<Record<string, Change>> = {
  "invalidate(prefix)": (store, options) => store.invalidate({ prefix: "maps/" }, options),
  "invalidate(tags)": (store, options) => store.invalidate({ tags: ["none", "roads"] }, options),
  'invalidate("all")': (store, options) => store.invalidate("all", options),
  clear: (store) => store.clear(),
};

interface Variant {
  readonly hasLocks: boolean;
  readonly open: (world: StoreWorld) => Watched;
  /** Resolves when all values that callers have got are kept. */
  readonly kept: () => Promise<unknown>;
}

/** Stores with and without locks, both of which may answer before the value is kept. */
const variants = (): Variant[] =>
  [watch, watchWithoutLocks].flatMap((open) =>
    [false, true].map((answersBeforeKeeping) => {
      const promises: Promise<unknown>[] = [];
      const waitUntil = (promise: Promise<unknown>) => void promises.push(promise);
      return {
        hasLocks: open === watch,
        open: (world) => open(world, answersBeforeKeeping ? { waitUntil } : {}),
        kept: () => Promise.all(promises),
      };
    }),
  );

/** Checks a change while the key is computed: in the same context, or in another one. */
async function changeDuring(world: StoreWorld, name: string, change: Change, isElsewhere: boolean): Promise<void> {
  for (const { open, kept } of variants()) {
    const computing = open(world);
    const changing = isElsewhere ? open(world).store : computing.store;
    if (!(await canChange(changing, name, change))) return;
    const go = gate();
    const old = computing.store.getOrCompute(key, () => go.opened.then(() => "old"), { tags });
    await eventually(() => computing.trace().includes("compute-start"), "the computation");
    await inTime(change(changing), "the change waits for the computation");
    const expected = name === "write" ? "by hand" : "new";
    const compute = () => "new";
    const next = [changing, computing.store].map((store) => store.getOrCompute(key, compute, { tags }));
    // a computation that is outdated here lets go of its lock; elsewhere it may keep it until it ends
    if (!isElsewhere) assertEqual(await inTime(next[0]!, "the lock of an outdated computation"), expected);
    go.open();
    assertEqual(await old, "old", "the caller's own value");
    assertEqual(await inTime(Promise.all(next), "the next calls"), [expected, expected]);
    await kept();
    assertEqual((await open(world).store.read(key))?.result, expected, "what is kept");
    await eventually(async () => (await computing.store.read(key))?.result === expected, "the news of it");
    await changing.delete(key);
  }
}

/** Whether the storage can do it. Otherwise it says so with a typed error. */
async function canChange(store: ResultStore, name: string, change: Change): Promise<boolean> {
  if (name in changesOfKeys || name === "clear") return true;
  const refusal = await change(store).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal !== undefined) await assertRejects(Promise.reject(refusal), "CONFIGURATION");
  return refusal === undefined;
}

const during: readonly StoreCase[] = Object.entries({ ...changesOfKeys, ...changesOfMany }).flatMap(([name, change]) =>
  [false, true].map((isElsewhere): StoreCase => {
    const where = isElsewhere ? "in another context" : "in the same context";
    return [
      `${name}: what began before ${where} is neither kept nor joined afterwards, and its caller gets its value`,
      (world) => changeDuring(world, name, change, isElsewhere),
    ];
  }),
);

const expiring: readonly StoreCase[] = Object.entries({ ...changesOfKeys, ...changesOfMany })
  .filter(([name]) => name.startsWith("invalidate"))
  .map(([name, change]) => [
    `${name}, mode "expire": a result is served stale where that is allowed, and computed anew otherwise`,
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      if (!(await canChange(one, name, change))) return;
      const lasting = { tags, staleWhileRevalidate: "1h" };
      await one.getOrCompute(key, () => "old", lasting);
      await two.read(key);
      await change(one, { mode: "expire" });
      for (const store of [one, two]) {
        assertEqual(await store.exists(key), false);
        await eventually(async () => !(await store.read(key)), "the news of it");
      }
      const go = gate();
      const stale = await inTime(
        two.answer(key, () => go.opened.then(() => "new"), lasting),
        "the stale result",
      );
      assertEqual([stale.value, stale.isStale], ["old", true]);
      go.open();
      for (const store of [one, two])
        await eventually(async () => (await store.read(key))?.result === "new", "the new result");
      await change(two, { mode: "expire" });
      assertEqual(await two.getOrCompute(key, () => "newer", { tags }), "newer");
    },
  ]);

/** The promises about changes. Each is an event in time: what began before it ends with it. */
export const invalidationCases: readonly StoreCase[] = [
  ...during,
  ...expiring,
  [
    "an invalidation leaves what it doesn't cover, and what begins after it is kept",
    async (world) => {
      const { store } = watch(world);
      const all = ["maps/oslo", "maps/rome", "maps", "people/ada"];
      const targets = [["maps/oslo"], { prefix: "maps/" }, { tags: ["of/maps/oslo", "of/people/ada"] }];
      const gone = [["maps/oslo"], ["maps/oslo", "maps/rome"], ["maps/oslo", "people/ada"]];
      for (const [i, target] of targets.entries()) {
        const invalidate = (use: ResultStore) => use.invalidate(target);
        if (i > 0 && !(await canChange(store, "invalidate(many)", invalidate))) continue;
        await Promise.all(all.map((each) => store.getOrCompute(each, () => each, { tags: [`of/${each}`] })));
        await store.invalidate(target);
        const found = await Promise.all(all.map((each) => watch(world).store.exists(each)));
        assertEqual(
          all.filter((_, j) => !found[j]),
          gone[i]!,
        );
      }
    },
  ],
  [
    "only a lock that somebody took by hand refuses a change of its key, and the result stays as it is",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      await one.write(key, "before", { tags });
      const grant = await one.acquireLock(key);
      for (const store of [one, two]) {
        for (const change of Object.values(changesOfKeys)) await assertRejects(change(store), "LOCK_NOT_HELD");
      }
      assertEqual((await one.read(key, { holder: grant!.holder }))?.result, "before");
      await one.releaseLock(key, grant!);
      for (const change of Object.values(changesOfKeys)) await inTime(change(two), "the change");
    },
  ],
  [
    "a computation may change its own key, and its result is kept all the same",
    async (world) => {
      for (const { open, kept } of variants()) {
        const { store, trace } = open(world);
        const compute = async ({ holder }: { holder: string }) => {
          await store.write(key, "draft", { holder });
          assertEqual(await store.delete(key, { holder }), true);
          await store.write(key, "another draft", { holder });
          return "final";
        };
        assertEqual(await store.getOrCompute(key, compute, { refresh: true }), "final");
        await kept();
        assertEqual((await open(world).store.read(key))?.result, "final");
        assert(!trace().includes("write-error"), "a refused write");
      }
      assertEqual(await watch(world).store.isLocked(key), false);
    },
  ],
  [
    "a refresh joins none that has begun, in any context, with and without locks",
    async (world) => {
      for (const { hasLocks, open, kept } of variants()) {
        const stores = [open(world), open(world)];
        const go = gate();
        let runs = 0;
        const compute = async () => {
          const run = ++runs;
          await go.opened;
          return run;
        };
        const refresh = ({ store }: { store: ResultStore }) => store.getOrCompute(key, compute, { refresh: true });
        const first = refresh(stores[0]!);
        await eventually(() => runs === 1, "the first computation");
        const later = stores.map(refresh);
        if (!hasLocks) await eventually(() => runs === 3, "all to compute");
        go.open();
        assertEqual(await first, 1);
        const values = await inTime(Promise.all(later), "the later ones");
        assert(
          values.every((value) => value > 1),
          `joined one that had begun: ${values.join(" ")}`,
        );
        await kept();
        const record = await open(world).store.read(key);
        assert(values.includes(record?.result as number), `an older result is kept: ${String(record?.result)}`);
      }
    },
  ],
  [
    "an older computation never overwrites a newer result, with and without locks",
    async (world) => {
      for (const { hasLocks, open, kept } of variants()) {
        const [one, two] = [open(world), open(world)];
        const go = gate();
        const old = one.store.getOrCompute(key, () => go.opened.then(() => "old"), { refresh: true });
        await eventually(() => one.trace().includes("compute-start"), "the older computation");
        const newer = two.store.getOrCompute(key, () => "newer", { refresh: true });
        if (!hasLocks) await inTime(newer, "the newer computation");
        go.open();
        assertEqual([await old, await newer], ["old", "newer"]);
        await kept();
        assertEqual((await open(world).store.read(key))?.result, "newer");
      }
    },
  ],
  [
    "a refresh is kept although an older computation ends first",
    async (world) => {
      for (const { hasLocks, open, kept } of variants()) {
        const [one, two] = [open(world), open(world)];
        const [goOld, goNew] = [gate(), gate()];
        const old = one.store.getOrCompute(key, () => goOld.opened.then(() => "old"));
        await eventually(() => one.trace().includes("compute-start"), "the older computation");
        const newer = two.store.getOrCompute(key, () => goNew.opened.then(() => "newer"), { refresh: true });
        if (!hasLocks) await eventually(() => two.trace().includes("compute-start"), "the newer computation");
        goOld.open();
        assertEqual(await old, "old");
        goNew.open();
        assertEqual(await newer, "newer");
        await kept();
        assertEqual((await watch(world).store.read(key))?.result, "newer");
        await two.store.delete(key);
      }
    },
  ],
  [
    "a call that waited for a computation which a change outdated computes, and its value is kept",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      const go = gate();
      const old = one.store.getOrCompute(key, () => go.opened.then(() => "old"));
      await eventually(() => one.trace().includes("compute-start"), "the computation");
      const waiting = two.store.getOrCompute(key, () => "new");
      await eventually(() => two.trace().includes("lock-wait"), "the other to wait");
      await one.store.delete(key);
      go.open();
      assertEqual([await old, await inTime(waiting, "the lock")], ["old", "new"]);
      assertEqual((await watch(world).store.read(key))?.result, "new");
    },
  ],
  [
    "a result computed in the background is not kept over a change",
    async (world) => {
      const { store } = watch(world);
      const options = { expiresIn: "1h", refreshAhead: 0 } as const;
      await store.getOrCompute(key, () => "old", options);
      const go = gate();
      let hasBegun = false;
      const compute = () => ((hasBegun = true), go.opened.then(() => "in the background"));
      assertEqual(await store.getOrCompute(key, compute, options), "old");
      await eventually(() => hasBegun, "the computation in the background");
      await store.delete(key);
      assertEqual(
        await inTime(
          store.getOrCompute(key, () => "new"),
          "the next call",
        ),
        "new",
      );
      go.open();
      await eventually(async () => !(await store.isLocked(key)), "the lock to be free");
      assertEqual((await watch(world).store.read(key))?.result, "new");
    },
  ],
  [
    "what can't be meant is refused",
    async (world) => {
      const { store } = watch(world);
      const targets = ["", [""], { prefix: "" }, { tags: [] }, { tags: [""] }, {}, { tag: "a" }, 7, undefined];
      for (const target of [
        ...targets,
        { prefix: "a", tags: ["b"] },
        { tags: ["a".repeat(257)] },
        { prefix: "a".repeat(1_025) },
      ]) {
        await assertRejects(store.invalidate(target as never), "INVALID_ARGUMENT");
      }
      await assertRejects(store.invalidate(key, { mode: "soft" as never }), "INVALID_ARGUMENT");
      await assertRejects(store.invalidate(key, { scope: "remote" as never }), "INVALID_ARGUMENT");
      await assertRejects(store.invalidate(key, { modes: "expire" } as never), "CONFIGURATION");
    },
  ],
];
