import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import { createClock, gate, watch, watchWithoutLocks, type StoreCase } from "./store-world.ts";
import { aborted, eventually, inTime } from "../cases/wait-for.ts";

const hour = 3_600_000;
const mustNotCompute = () => Promise.reject(new Error("computed"));

/** The promises about results that are stale, slow, failing or short-lived. */
export const freshnessCases: readonly StoreCase[] = [
  [
    "staleWhileRevalidate: a stale result answers at once, and one context computes it anew",
    async (world) => {
      const clock = createClock();
      const stores = [watch(world, { now: clock.now }).store, watch(world, { now: clock.now }).store];
      const options = { expiresIn: hour, staleWhileRevalidate: hour };
      await stores[0]!.getOrCompute("k", () => "old", options);
      clock.ahead = 1.5 * hour;
      const go = gate();
      let runs = 0;
      const compute = () => (runs++, go.opened.then(() => "new"));
      const calls = [...stores, ...stores].map((store) => store.answer("k", compute, options));
      const answers = await inTime(Promise.all(calls), "the stale result");
      assertEqual(
        answers.map(({ value, isStale }) => [value, isStale]),
        answers.map(() => ["old", true]),
      );
      await eventually(() => runs === 1, "the computation in the background");
      go.open();
      for (const store of stores) {
        await eventually(async () => (await store.read("k"))?.result === "new", "the new result");
        assertEqual(await store.getOrCompute<unknown>("k", mustNotCompute, options), "new");
      }
      assertEqual(runs, 1);
    },
  ],
  [
    "staleWhileRevalidate: after its time, and without the option, a result is computed anew",
    async (world) => {
      const clock = createClock();
      const { store } = watch(world, { now: clock.now });
      const options = { expiresIn: hour, staleWhileRevalidate: hour };
      await store.getOrCompute("k", () => 1, options);
      clock.ahead = 1.5 * hour;
      assertEqual(await store.getOrCompute("k", () => 2, { expiresIn: hour }), 2);
      clock.ahead = 4 * hour;
      const answer = await store.answer("k", () => 3, options);
      assertEqual([answer.value, answer.isStale], [3, false]);
    },
  ],
  [
    "staleWhileRevalidate and staleIfError may depend on the value",
    async (world) => {
      const clock = createClock();
      const { store } = watch(world, { now: clock.now });
      for (const name of ["staleWhileRevalidate", "staleIfError"] as const) {
        const options = { expiresIn: hour, [name]: (value: string) => (value === "lasting" ? hour : 0) };
        const ask = (key: string, compute: () => string | Promise<string>) =>
          store.answer(name + key, compute, options).then(({ value }) => value);
        assertEqual([await ask("a", () => "lasting"), await ask("b", () => "passing")], ["lasting", "passing"]);
        clock.ahead += 1.5 * hour;
        const fail = () => Promise.reject(new RangeError("no"));
        const failing = (key: string) => ask(key, fail).catch(() => "failed");
        assertEqual([await failing("a"), await failing("b")], ["lasting", "failed"]);
        clock.ahead += hour;
        assertEqual(await failing("a"), "failed");
      }
    },
  ],
  [
    "staleWhileRevalidate: a computation that fails in the background is an event, and the stale result goes on",
    async (world) => {
      const clock = createClock();
      const { store, events } = watch(world, { now: clock.now });
      const options = { expiresIn: hour, staleWhileRevalidate: hour };
      await store.getOrCompute("k", () => "old", options);
      clock.ahead = 1.5 * hour;
      const failures = () => events.filter(({ type }) => type === "refresh-error").length;
      const fail = () => Promise.reject(new RangeError("no"));
      for (const round of [1, 2]) {
        assertEqual(await store.getOrCompute<unknown>("k", fail, options), "old");
        await eventually(() => failures() === round, "the event");
        await eventually(async () => !(await store.isLocked("k")), "the lock to be free");
      }
    },
  ],
  [
    "staleIfError: a stale result replaces a computation that fails, which runs once a call",
    async (world) => {
      const clock = createClock();
      const { store, trace } = watch(world, { now: clock.now });
      const options = { expiresIn: hour, staleIfError: hour };
      await store.getOrCompute("k", () => "old", options);
      clock.ahead = 1.5 * hour;
      let runs = 0;
      const fail = () => (runs++, Promise.reject(new RangeError("no")));
      for (const round of [1, 2]) {
        const answer = await store.answer<unknown>("k", fail, options);
        assertEqual([answer.value, answer.isStale, answer.source], ["old", true, "storage"]);
        await eventually(async () => !(await store.isLocked("k")), "the lock to be free");
        await new Promise((resolve) => setTimeout(resolve, 5));
        assertEqual(runs, round);
      }
      assert(!trace().includes("refresh-error"), "nothing failed in the background");
      assertEqual(await store.getOrCompute("k", () => "new", options), "new");
      clock.ahead = 4 * hour;
      const outcome = await store.getOrCompute("k", fail, options).catch((error: unknown) => error);
      assert(outcome instanceof RangeError, "the error after its time");
    },
  ],
  [
    "softTimeout: a slow computation answers with the stale result, goes on alone, and is kept, without locks too",
    async (world) => {
      for (const open of [watch, watchWithoutLocks]) {
        const clock = createClock();
        const { store } = open(world, { now: clock.now });
        const options = { expiresIn: hour, staleIfError: hour, softTimeout: 5 };
        await store.getOrCompute("k", () => "old", { ...options, refresh: true });
        clock.ahead = 1.5 * hour;
        const go = gate();
        let runs = 0;
        const slow = () => (runs++, go.opened.then(() => "new"));
        for (let i = 0; i < 3; i++) {
          const answer = await inTime(store.answer("k", slow, options), "the stale result");
          assertEqual([answer.value, answer.isStale], ["old", true]);
        }
        // the callers may have their answer before the computation begins
        await eventually(async () => runs === 1, "the computation does not begin");
        go.open();
        await eventually(async () => (await store.read("k"))?.result === "new", "the new result");
        assertEqual(await store.getOrCompute<unknown>("k", mustNotCompute, options), "new");
        assertEqual(runs, 1);
      }
    },
  ],
  [
    "softTimeout: a fast computation answers, and without a stale result a slow one does too",
    async (world) => {
      const clock = createClock();
      const { store } = watch(world, { now: clock.now });
      const options = { expiresIn: hour, staleIfError: hour, softTimeout: 1 };
      const slow = () => new Promise((resolve) => setTimeout(resolve, 20, "slow"));
      assertEqual(await store.getOrCompute("k", slow, options), "slow");
      clock.ahead = 1.5 * hour;
      assertEqual(await store.getOrCompute("k", () => "fast", { ...options, softTimeout: "1m" }), "fast");
    },
  ],
  [
    "computeTimeout: the signal aborts, callers get a typed error, the lock is free, and a late value is not kept",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const [go, seen] = [gate(), gate<AbortSignal>()];
      const slow = async ({ signal }: { signal: AbortSignal }) => {
        seen.open(signal);
        await go.opened;
        return "late";
      };
      const call = one.getOrCompute("k", slow, { computeTimeout: 20 });
      const error = await assertRejects(inTime(call, "the timeout"), "COMPUTE_TIMEOUT");
      assertEqual(error.key, "k");
      assert((await aborted(await seen.opened)) === error, "another reason");
      assertEqual(
        await inTime(
          two.getOrCompute("k", () => "next"),
          "the lock",
        ),
        "next",
      );
      go.open();
      await new Promise((resolve) => setTimeout(resolve, 5));
      assertEqual((await watch(world).store.read("k"))?.result, "next");
    },
  ],
  [
    "computeTimeout: with staleIfError the stale result answers",
    async (world) => {
      const clock = createClock();
      const { store } = watch(world, { now: clock.now });
      const options = { expiresIn: hour, staleIfError: hour, computeTimeout: 10 };
      await store.getOrCompute("k", () => "old", options);
      clock.ahead = 1.5 * hour;
      const never = () => new Promise<string>(() => {});
      assertEqual(await inTime(store.getOrCompute("k", never, options), "the timeout"), "old");
    },
  ],
  [
    "refreshAhead: a result is computed anew before it expires, once for all contexts, and its callers never wait",
    async (world) => {
      const clock = createClock();
      const stores = [watch(world, { now: clock.now }).store, watch(world, { now: clock.now }).store];
      const options = { expiresIn: hour, refreshAhead: 0.5 };
      await stores[0]!.getOrCompute("k", () => "old", options);
      clock.ahead = 0.4 * hour;
      assertEqual(await stores[1]!.getOrCompute<unknown>("k", mustNotCompute, options), "old");
      clock.ahead = 0.6 * hour;
      const go = gate();
      let runs = 0;
      const compute = () => (runs++, go.opened.then(() => "new"));
      for (const store of [...stores, ...stores]) {
        const answer = await inTime(store.answer("k", compute, options), "the result");
        assertEqual([answer.value, answer.isStale], ["old", false]);
      }
      await eventually(() => runs === 1, "the computation in the background");
      go.open();
      for (const store of stores) {
        await eventually(async () => (await store.read("k"))?.result === "new", "the new result");
        assertEqual(await store.getOrCompute<unknown>("k", mustNotCompute, options), "new");
      }
      assertEqual(runs, 1);
    },
  ],
  [
    "jitter shortens each lifetime by a part of the share, and never lengthens it",
    async (world) => {
      const { store } = watch(world, { now: () => 1_000_000 });
      const ends = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const answer = await store.answer(`k/${i}`, () => i, { expiresIn: 10_000, jitter: 0.2 });
          return answer.expiration!.getTime() - 1_000_000;
        }),
      );
      assert(
        ends.every((end) => end >= 8_000 && end <= 10_000),
        `a lifetime out of bounds: ${ends.join(" ")}`,
      );
      assert(new Set(ends).size > 1, "the same lifetime for all");
    },
  ],
  [
    "errorExpiresIn: an error is kept and thrown again as it was, in other contexts too, until it expires",
    async (world) => {
      const clock = createClock();
      const [one, two] = [watch(world, { now: clock.now }), watch(world, { now: clock.now })];
      const thrown = Object.assign(new RangeError("too far", { cause: new TypeError("why") }), { status: 404 });
      const options = { errorExpiresIn: hour };
      let runs = 0;
      const fail = () => (runs++, Promise.reject(thrown));
      const calls = [one, one, two, two].map(
        ({ store }) =>
          () =>
            store.getOrCompute("k", fail, options),
      );
      for (const call of calls) {
        const error = await call().then(String, (reason: unknown) => reason);
        assert(error instanceof RangeError, "another class");
        const { message, cause, status } = error as typeof thrown;
        assertEqual(
          [message, status, String(cause), cause instanceof TypeError],
          ["too far", 404, "TypeError: why", true],
        );
      }
      assertEqual(runs, 1);
      assertEqual([await two.store.read("k"), await two.store.exists("k")], [undefined, false]);
      clock.ahead = 2 * hour;
      assertEqual(await two.store.getOrCompute("k", () => "found", options), "found");
      assertEqual(await one.store.getOrCompute<unknown>("k", mustNotCompute, options), "found");
    },
  ],
  [
    "errorExpiresIn: a context that waits for a computation gets its error",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      const [begun, go] = [gate(), gate()];
      let runs = 0;
      const fail = async () => {
        runs++;
        begun.open();
        await go.opened;
        throw new RangeError("no");
      };
      const calls = [one.store.getOrCompute("k", fail, { errorExpiresIn: hour })];
      await begun.opened;
      calls.push(two.store.getOrCompute("k", fail, { errorExpiresIn: hour }));
      await eventually(() => two.trace().includes("lock-wait"), "the second context waits");
      go.open();
      for (const { reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[])
        assert(reason instanceof RangeError, "another error");
      assertEqual([runs, two.trace().includes("lock-error")], [1, false]);
    },
  ],
  [
    "errorExpiresIn: an error replaces no result, and a change ends it",
    async (world) => {
      const clock = createClock();
      const { store } = watch(world, { now: clock.now });
      const options = { expiresIn: hour, errorExpiresIn: hour };
      const fail = () => Promise.reject(new RangeError("no"));
      const failing = async (more: object) => {
        const error = await store.getOrCompute("k", fail, { ...options, ...more }).catch((reason: unknown) => reason);
        assert(error instanceof RangeError, "the error");
      };
      await store.getOrCompute("k", () => 1, options);
      await failing({ refresh: true });
      assertEqual(await store.getOrCompute<unknown>("k", mustNotCompute, options), 1);
      clock.ahead = 2 * hour;
      await failing({});
      await failing({});
      await store.delete("k");
      assertEqual(await store.getOrCompute("k", () => 2, options), 2);
    },
  ],
  [
    "expiresIn, tags and keep may depend on the value",
    async (world) => {
      const { store } = watch(world, { now: () => 1_000_000 });
      const options = {
        expiresIn: ({ ttl }: { ttl: number }) => ttl,
        tags: ({ ttl }: { ttl: number }) => [`ttl/${ttl}`],
        keep: ({ ttl }: { ttl: number }) => ttl !== 7,
      };
      const { expiration, tags } = await store.answer("k", () => ({ ttl: 500 }), options);
      assertEqual([expiration?.getTime(), tags], [1_000_500, ["ttl/500"]]);
      assertEqual((await watch(world, { now: () => 1_000_000 }).store.read("k"))?.metadata.tags, ["ttl/500"]);
      for (const ttl of [7, 0, -5]) {
        assertEqual(await store.getOrCompute("other", () => ({ ttl }), options), { ttl });
        assertEqual(await store.exists("other"), false);
      }
    },
  ],
  [
    "a lifetime of 0, a negative one and a past one mean the same: computed, and not kept",
    async (world) => {
      const { store, events } = watch(world);
      const past = [
        ...[0, -5, "0s", "-5m"].map((expiresIn) => ({ expiresIn })),
        ...[new Date(0), new Date(Date.now() - 1)].map((expiration) => ({ expiration })),
        { expiresIn: () => -1 },
      ];
      for (const [i, options] of past.entries()) {
        assertEqual(await store.getOrCompute("k", () => i, options), i);
        assertEqual(await store.exists("k"), false);
      }
      assert(
        events.every(({ type }) => type !== "write" && type !== "write-error"),
        "an attempt to keep it",
      );
    },
  ],
  [
    "answer tells the circumstances of a value",
    async (world) => {
      const now = () => 5_000;
      const { store } = watch(world, { now });
      const options = { expiresIn: 1_000, tags: ["t"] };
      const go = gate();
      const calls = [0, 1].map((i) => store.answer("k", () => go.opened.then(() => i), options));
      go.open();
      const rest = { value: 0, isStale: false, createdAt: new Date(5_000), expiration: new Date(6_000), tags: ["t"] };
      const [computed, joined] = await Promise.all(calls);
      assertEqual(computed, { ...rest, source: "computed" });
      assertEqual(joined, { ...rest, source: "joined" });
      assertEqual(await store.answer("k", () => 5, options), { ...rest, source: "memory" });
      assertEqual(await watch(world, { now }).store.answer("k", () => 5, options), { ...rest, source: "storage" });
      const unkept = await store.answer("other", () => 1, { keep: false });
      assertEqual(unkept, { value: 1, source: "computed", isStale: false, createdAt: new Date(5_000), tags: [] });
    },
  ],
  [
    "read with wait: false never waits for a lock",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const go = gate();
      await one.write("k", "old");
      const computing = one.getOrCompute("k", () => go.opened.then(() => "new"), { refresh: true });
      await eventually(() => two.isLocked("k"), "the computation");
      assertEqual((await inTime(two.read("k", { wait: false }), "it waits"))?.result, "old");
      assertEqual(await inTime(two.read("none", { wait: false }), "it waits"), undefined);
      const waiting = two.read("k");
      go.open();
      assertEqual([await computing, (await waiting)?.result], ["new", "new"]);
    },
  ],
];
