import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import type { StoreEvent } from "../../core/events/store-event.ts";
import { encodeRecord } from "../../core/record/record-format.ts";
import { laterVersion } from "../cases/later-version.ts";
import { gate, watch, type StoreCase } from "./store-world.ts";
import { eventually } from "../cases/wait-for.ts";

const computed = ["compute-start", "compute-end", "write"];
const underLock = (...events: string[]) => ["lock-acquired", ...events, "lock-released"];

const mustNotCompute = () => assert(false, "computed");
const reasonsOf = (events: readonly StoreEvent[]) =>
  events.flatMap((event) => (event.type === "miss" ? event.reason : []));
const failing = () => Promise.reject(new RangeError("no"));

/** The promises of `getOrCompute`. */
export const cachingCases: readonly StoreCase[] = [
  [
    "a result is computed once, kept, and given again from memory, then from the storage by another context",
    async (world) => {
      const first = watch(world);
      const second = watch(world);
      assertEqual(await first.store.getOrCompute("k", () => ({ n: 1 })), { n: 1 });
      assertEqual(await first.store.getOrCompute<unknown>("k", mustNotCompute), { n: 1 });
      assertEqual(await second.store.getOrCompute<unknown>("k", mustNotCompute), { n: 1 });
      assertEqual(first.trace(), ["miss", ...underLock(...computed), "done computed", "done memory"]);
      assertEqual(second.trace(), ["done storage"]);
    },
  ],
  [
    "callers in one context join one computation",
    async (world) => {
      const { store, events } = watch(world);
      let runs = 0;
      const values = await Promise.all(Array.from({ length: 50 }, () => store.getOrCompute("k", async () => ++runs)));
      assertEqual(new Set(values).size, 1);
      assertEqual(runs, 1);
      const sources = events.flatMap((event) => (event.type === "done" ? event.source : []));
      assertEqual(sources.filter((source) => source === "joined").length, 49);
    },
  ],
  [
    "a caller in another context waits for the computation and reads its result",
    async (world) => {
      const [first, second] = [watch(world), watch(world)];
      const go = gate();
      const one = first.store.getOrCompute("k", async () => (await go.opened, "first"));
      await eventually(() => first.trace().includes("compute-start"), "the first computation");
      const two = second.store.getOrCompute("k", () => "second");
      await eventually(() => second.trace().includes("lock-wait"), "the second to wait");
      go.open();
      assertEqual([await one, await two], ["first", "first"]);
      assertEqual(second.trace(), ["miss", "lock-wait", "done waited"]);
    },
  ],
  [
    "a computation that throws rejects for all who joined, keeps nothing, and lets the next one compute",
    async (world) => {
      const { store, trace } = watch(world);
      const outcomes = await Promise.allSettled([store.getOrCompute("k", failing), store.getOrCompute("k", failing)]);
      for (const outcome of outcomes) {
        assert(outcome.status === "rejected" && outcome.reason instanceof RangeError, "the error of the computation");
      }
      assertEqual(trace(), [
        "join",
        "miss",
        ...underLock("compute-start", "compute-error"),
        "call-error",
        "call-error",
      ]);
      assertEqual(await store.exists("k"), false);
      assertEqual(await store.getOrCompute("k", () => 2), 2);
    },
  ],
  [
    "who waited for a computation that failed computes",
    async (world) => {
      const [first, second] = [watch(world), watch(world)];
      const go = gate();
      const one = first.store.getOrCompute("k", async () => go.opened.then(() => Promise.reject(new Error("no"))));
      await eventually(() => first.trace().includes("compute-start"), "the first computation");
      const two = second.store.getOrCompute("k", () => 2);
      await eventually(() => second.trace().includes("lock-wait"), "the second to wait");
      go.open();
      assertEqual(await one.catch((error: Error) => error.message), "no");
      assertEqual(await two, 2);
    },
  ],
  [
    "an expired record is computed anew, in memory as in the storage",
    async (world) => {
      let now = 1_000;
      const { store, events } = watch(world, { now: () => now });
      await store.getOrCompute("k", () => 1, { expiresIn: 500 });
      now = 1_499;
      assertEqual(await store.getOrCompute("k", () => 2), 1);
      now = 1_500;
      assertEqual(await store.exists("k"), false);
      assertEqual(await store.getOrCompute("k", () => 2), 2);
      assertEqual(
        events.flatMap((event) => (event.type === "miss" ? event.reason : [])),
        ["absent", "expired"],
      );
    },
  ],
  [
    "refresh computes and overwrites",
    async (world) => {
      const { store } = watch(world);
      const other = watch(world).store;
      await store.getOrCompute("k", () => 1);
      assertEqual(await store.getOrCompute("k", () => 2, { refresh: true }), 2);
      assertEqual(await store.getOrCompute("k", () => 3), 2);
      assertEqual((await other.read("k"))?.result, 2);
    },
  ],
  [
    "the computation is given its key, its holder and a signal, and can write under its lock",
    async (world) => {
      const { store } = watch(world);
      const seen = await store.getOrCompute("k", async ({ key, holder, signal }) => {
        assert(!signal.aborted, "aborted");
        assertEqual(await store.isLockHolder("k", { holder }), true);
        await store.write("k", "draft", { holder });
        return key;
      });
      assertEqual(seen, "k");
      assertEqual(await store.isLocked("k"), false);
    },
  ],
  [
    "one caller's abort leaves the others; the last one's ends the computation",
    async (world) => {
      const { store, trace } = watch(world);
      const [one, two] = [new AbortController(), new AbortController()];
      const ended = gate<unknown>();
      const compute = ({ signal }: { signal: AbortSignal }) => {
        signal.addEventListener("abort", () => ended.open(signal.reason));
        return ended.opened.then(() => Promise.reject(new Error("ended")));
      };
      const first = store.getOrCompute("k", compute, { signal: one.signal });
      const second = store.getOrCompute("k", compute, { signal: two.signal });
      await eventually(() => trace().includes("compute-start"), "the computation");
      one.abort("one");
      assertEqual(await first.catch((reason: unknown) => reason), "one");
      two.abort("two");
      assertEqual(await second.catch((reason: unknown) => reason), "two");
      assertEqual(await ended.opened, "two");
      assertEqual(await store.getOrCompute("k", () => 3), 3);
    },
  ],
  [
    "a value that can't be kept is given to the caller, and an event tells",
    async (world) => {
      const { store, events } = watch(world);
      const value = { deep: [() => 1] };
      assert((await store.getOrCompute("k", () => value)) === value, "another value");
      const trouble = events.find(({ type }) => type === "write-error");
      assert(trouble?.type === "write-error", "no write-error");
      assertEqual((trouble.error as { path?: string }).path, "$.deep[0]");
      assertEqual(await store.exists("k"), false);
    },
  ],
  [
    "a damaged record is an error for read, and a miss that is overwritten for getOrCompute",
    async (world) => {
      const { store, events } = watch(world);
      const bytes = await store.createResultRecord("good", { key: "k" }).serialize();
      bytes[bytes.length - 1]! ^= 1;
      await world.putBytes("k", bytes);
      await assertRejects(store.read("k"), "CORRUPT_RECORD");
      assertEqual(await store.getOrCompute("k", () => "again"), "again");
      assertEqual(reasonsOf(events), ["corrupt"]);
      assertEqual((await watch(world).store.read("k"))?.result, "again");
    },
  ],
  [
    "a record whose result is unreadable under a right checksum is a damaged one",
    async (world) => {
      const { store, events } = watch(world);
      const { metadata } = store.createResultRecord(1, { key: "k" });
      await world.putBytes("k", encodeRecord(metadata, Uint8Array.of(0x22)).bytes);
      await assertRejects(store.read("k"), "CORRUPT_RECORD");
      assertEqual(await store.getOrCompute("k", () => "again"), "again");
      assertEqual(reasonsOf(events), ["corrupt"]);
      assertEqual((await watch(world).store.read("k"))?.result, "again");
    },
  ],
  [
    "a record of a later version keeps its metadata readable, and is computed around and not overwritten",
    async (world) => {
      const { store, events } = watch(world);
      await world.putBytes("k", laterVersion(await store.createResultRecord(1, { key: "k" }).serialize()));
      const record = await store.read("k");
      assertEqual(record?.metadata.storageKey, "k");
      await assertRejects(() => record?.result, "UNSUPPORTED_RECORD");
      assertEqual(await store.getOrCompute("k", () => 2), 2);
      assertEqual(reasonsOf(events), ["unsupported"]);
      await assertRejects(async () => (await store.read("k"))?.result, "UNSUPPORTED_RECORD");
    },
  ],
  [
    "memory hits are one object; without the memory cache each read gives a fresh one",
    async (world) => {
      const { store } = watch(world);
      const value = await store.getOrCompute("k", () => ({ n: 1 }));
      assert((await store.getOrCompute("k", () => ({ n: 2 }))) === value, "another object");
      const fresh = watch(world, { cacheResultInMemory: false }).store;
      const [one, two] = [await fresh.read("k"), await fresh.read("k")];
      assertEqual(one?.result, two?.result);
      assert(one?.result !== two?.result, "the same object");
    },
  ],
  [
    "a kept result that does not fit the schema is computed anew",
    async (world) => {
      const { store, events } = watch(world);
      const schema = {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value: unknown) =>
            typeof value === "number" ? { value } : { issues: [{ message: "no number" }] },
        },
      } as const;
      await store.write("k", "text");
      await assertRejects(store.read("k", { schema }), "SCHEMA_MISMATCH");
      assertEqual(await store.getOrCompute<unknown>("k", () => 5, { schema }), 5);
      assert(
        events.some((event) => event.type === "miss" && event.reason === "schema-mismatch"),
        "no such miss",
      );
    },
  ],
  [
    "what can't be meant is refused before anything is computed",
    async (world) => {
      const { store } = watch(world);
      for (const key of ["", "\ud800", "k".repeat(1_025), 7 as never]) {
        await assertRejects(store.getOrCompute(key, mustNotCompute), "INVALID_ARGUMENT");
      }
      await assertRejects(store.getOrCompute("k", 5 as never), "INVALID_ARGUMENT");
      for (const expiresIn of [NaN, "soon", "-soon", 1e16]) {
        await assertRejects(store.getOrCompute("k", mustNotCompute, { expiresIn }), "INVALID_ARGUMENT");
      }
      await assertRejects(store.getOrCompute("k", mustNotCompute, { expiration: new Date(NaN) }), "INVALID_ARGUMENT");
      await assertRejects(store.getOrCompute("k", mustNotCompute, { holdTimeout: "-1s" }), "INVALID_ARGUMENT");
    },
  ],
];
