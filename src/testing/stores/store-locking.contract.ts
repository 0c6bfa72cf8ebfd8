import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import { gate, watch, type StoreCase } from "./store-world.ts";
import { eventually, inTime } from "../cases/wait-for.ts";

/** The promises of a store's locks. */
export const lockingCases: readonly StoreCase[] = [
  [
    "a lock is held across contexts until its holder releases it",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const grant = await one.acquireLock("k");
      assert(grant, "a grant");
      assertEqual(await two.isLocked("k"), true);
      assertEqual(await two.isLockHolder("k", grant), true);
      assertEqual(await two.acquireLock("k", { acquireTimeout: 0 }), undefined);
      assertEqual(await two.waitForLock("k", { timeout: 5 }), false);
      await assertRejects(two.releaseLock("k", { holder: "someone" }), "LOCK_NOT_HELD");
      await one.releaseLock("k", grant);
      assertEqual(await two.isLocked("k"), false);
      assertEqual(await two.waitForLock("k"), true);
    },
  ],
  [
    "a call without a holder is a holder of its own",
    async (world) => {
      const { store } = watch(world);
      const grant = await store.acquireLock("k");
      assertEqual(await store.acquireLock("k", { acquireTimeout: 0 }), undefined);
      const again = await store.acquireLock("k", { holder: grant!.holder, acquireTimeout: 0 });
      assertEqual(again?.token, grant?.token);
      await store.releaseLock("k", grant!);
      assertEqual(await store.isLocked("k"), false);
    },
  ],
  [
    "a grant is released at the end of its block",
    async (world) => {
      const { store, trace } = watch(world);
      {
        await using grant = await store.acquireLock("k");
        assertEqual(await store.isLockHolder("k", grant!), true);
      }
      assertEqual(await store.isLocked("k"), false);
      assertEqual(trace(), ["lock-acquired", "lock-released"]);
    },
  ],
  [
    "reading waits for another holder, but not for its own, and gives up after its timeout",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const grant = await one.acquireLock("k");
      assertEqual(await one.read("k", { holder: grant!.holder }), undefined);
      await assertRejects(two.read("k", { timeout: 5 }), "LOCK_TIMEOUT");
      const reading = two.read("k");
      await one.write("k", 1, { holder: grant!.holder });
      await one.releaseLock("k", grant!);
      assertEqual((await reading)?.result, 1);
    },
  ],
  [
    "writing and deleting are refused while another holder has the lock",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const grant = await one.acquireLock("k");
      await assertRejects(two.write("k", 2), "LOCK_NOT_HELD");
      await assertRejects(two.write("k", 2, { holder: "someone" }), "LOCK_NOT_HELD");
      await assertRejects(two.delete("k"), "LOCK_NOT_HELD");
      await one.write("k", 1, { holder: grant!.holder });
      assertEqual((await one.read("k", { holder: grant!.holder }))?.result, 1);
      assertEqual(await one.delete("k", { holder: grant!.holder }), true);
      await one.releaseLock("k", grant!);
      assertEqual((await two.write("k", 2)).metadata.storageKey, "k");
    },
  ],
  [
    "a holder whose lease was taken over is refused, before the next one writes, after, and once it has released",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      const late = await one.store.acquireLock("k", { holdTimeout: 20 });
      const next = await two.store.acquireLock("k", { acquireTimeout: "10s" });
      assert(next && next.takenOver && next.token > late!.token, "a takeover with a larger token");
      const write = () => one.store.write("k", "late", { holder: late!.holder });
      await assertRejects(write(), "STALE_LOCK");
      await two.store.write("k", "rightful", { holder: next.holder });
      await assertRejects(write(), "STALE_LOCK");
      await two.store.releaseLock("k", next);
      await assertRejects(write(), "STALE_LOCK");
      assertEqual((await watch(world).store.read("k"))?.result, "rightful");
    },
  ],
  [
    "who lost a lock can't delete under it, and who takes it anew releases it in the end",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const lost = await one.acquireLock("k", { holder: "me", holdTimeout: 20 });
      const next = await two.acquireLock("k", { acquireTimeout: "10s" });
      await two.write("k", "rightful", { holder: next!.holder });
      await assertRejects(one.delete("k", { holder: lost!.holder }), "LOCK_NOT_HELD");
      await two.releaseLock("k", next!);
      await assertRejects(one.delete("k", { holder: lost!.holder }), "LOCK_NOT_HELD");
      await one.withLock("k", () => {}, { holder: "me" });
      assertEqual(await two.isLocked("k"), false);
      assertEqual((await two.read("k"))?.result, "rightful");
    },
  ],
  [
    "a computation whose lease was taken over gives its value to its caller and keeps nothing",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      const go = gate();
      const first = one.store.getOrCompute("k", async ({ holder }) => {
        // simulates a stalled caller: its lease isn't renewed and runs out
        await one.store.lockManager!.releaseLock("k", holder);
        await go.opened;
        return "late";
      });
      await eventually(
        async () => one.trace().includes("compute-start") && !(await one.store.isLocked("k")),
        "a free lock",
      );
      assertEqual(await two.store.getOrCompute("k", () => "rightful"), "rightful");
      go.open();
      assertEqual(await first, "late");
      const refused = one.events.find((event) => event.type === "write-error");
      assertEqual(refused?.type === "write-error" && (refused.error as { code?: string }).code, "STALE_LOCK");
      assertEqual((await watch(world).store.read("k"))?.result, "rightful");
    },
  ],
  [
    "withLock renews its lease while it runs, and releases however it ends",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const result = await one.withLock(
        "k",
        async ({ signal }) => {
          assertEqual(await two.acquireLock("k", { acquireTimeout: 1_500 }), undefined);
          assert(!signal.aborted, "the lease was lost");
          return "done";
        },
        { holdTimeout: 1_000 },
      );
      assertEqual(result, "done");
      assertEqual(await two.isLocked("k"), false);
      const thrown = await one
        .withLock("k", () => Promise.reject(new Error("no")))
        .catch((error: Error) => error.message);
      assertEqual(thrown, "no");
      assertEqual(await two.isLocked("k"), false);
    },
  ],
  [
    "withLock inside withLock by the same holder leaves the lock to the outer one",
    async (world) => {
      const { store } = watch(world);
      await store.withLock("k", async ({ holder }) => {
        await store.withLock("k", async () => {}, { holder });
        assertEqual(await store.isLockHolder("k", { holder }), true);
        assertEqual(await store.getOrCompute("k", () => 1, { holder }), 1);
        assertEqual(await store.isLockHolder("k", { holder }), true);
        const nested = ({ holder: own }: { holder: string }) =>
          store.getOrCompute("k", () => 2, { holder: own, refresh: true });
        assertEqual(await store.getOrCompute("k", nested, { holder, refresh: true }), 2);
        assertEqual(await store.isLockHolder("k", { holder }), true);
      });
      assertEqual(await store.isLocked("k"), false);
    },
  ],
  [
    "a call inside never ends the lease around it earlier",
    async (world) => {
      const [one, two] = [watch(world).store, watch(world).store];
      const slowly = () => new Promise((resolve) => setTimeout(resolve, 100, 1));
      const nested = async (store: typeof one, holder: string) => {
        await store.getOrCompute("k", slowly, { holder, holdTimeout: 60, refresh: true });
        assertEqual(await two.acquireLock("k", { acquireTimeout: 200 }), undefined);
        await store.withLock("k", slowly, { holder, holdTimeout: 60 });
        assertEqual(await two.acquireLock("k", { acquireTimeout: 200 }), undefined);
      };
      await one.withLock("k", ({ holder }) => nested(one, holder), { holdTimeout: "10m" });
      const grant = await one.acquireLock("k");
      await nested(one, grant!.holder);
      await nested(one.withOptions({}), grant!.holder);
      await one.releaseLock("k", grant!);
      assertEqual(await two.isLocked("k"), false);
    },
  ],
  [
    "a computation that nobody waits for any more holds its lock until its write has settled, and no longer",
    async (world) => {
      let abort = () => {};
      const store = world.createStore({ onEvent: ({ type }) => type === "compute-end" && queueMicrotask(abort) });
      for (let round = 0; round < 5; round++) {
        const left = new AbortController();
        abort = () => left.abort("left");
        const large = () => new Uint8Array(1_000_000).fill(round);
        const call = store.getOrCompute("k", large, { signal: left.signal, refresh: true });
        assertEqual(await call.then(String, (reason: unknown) => reason), "left");
        await eventually(async () => !(await store.isLocked("k")), "the lock is left to its lease");
      }
      assertEqual(await watch(world).store.getOrCompute("k", () => "next", { refresh: true }), "next");
    },
  ],
  [
    "a call that would wait for itself is an error that names the holder to pass",
    async (world) => {
      const { store } = watch(world);
      const inside: (() => Promise<unknown>)[] = [
        () => store.getOrCompute("k", () => 1),
        () => store.getOrCompute("k", () => 1, { refresh: true, acquireTimeout: "1m" }),
        () => store.withLock("k", () => 1),
        () => store.acquireLock("k"),
        () => store.waitForLock("k"),
        () => store.read("k"),
        () => store.readMany(["other", "k"]),
      ];
      for (const call of inside) {
        await store.withLock("k", async ({ holder }) => {
          const { message } = await assertRejects(inTime(call(), "the call waits for itself"), "INVALID_ARGUMENT");
          assert(message.includes(holder), `the holder is not in "${message}"`);
        });
        await assertRejects(inTime(store.getOrCompute("k", call), "the call waits for itself"), "INVALID_ARGUMENT");
      }
      assertEqual([await store.isLocked("k"), await store.exists("k")], [false, false]);
      const nested = store.getOrCompute("a", () => store.getOrCompute("b", () => store.getOrCompute("a", () => 1)));
      await assertRejects(inTime(nested, "the call waits for itself"), "INVALID_ARGUMENT");
    },
  ],
  [
    "computations that wait for each other are an error",
    async (world) => {
      const { store } = watch(world);
      // both are under way before either calls the other
      const calls = [
        store.getOrCompute("a", () => store.getOrCompute("b", () => 1)),
        store.getOrCompute("b", () => store.getOrCompute("a", () => 2)),
      ];
      const outcomes = await inTime(Promise.allSettled(calls), "the computations wait for each other");
      for (const outcome of outcomes) {
        const code = outcome.status === "rejected" && (outcome.reason as { code?: unknown }).code;
        assertEqual(code, "INVALID_ARGUMENT");
      }
      assertEqual(await store.getOrCompute("a", () => 3), 3);
    },
  ],
  [
    "computations that wait for each other under locks of their own are an error",
    async (world) => {
      const { store } = watch(world);
      const underLock = (lock: string, key: string) => store.withLock(lock, () => store.getOrCompute(key, () => 1));
      const calls = [
        store.getOrCompute("a", () => underLock("of a", "b")),
        store.getOrCompute("b", () => underLock("of b", "a")),
      ];
      await Promise.all(
        calls.map((call) => assertRejects(inTime(call, "they wait for each other"), "INVALID_ARGUMENT")),
      );
    },
  ],
  [
    "the same calls go on with the holder, with another key, and after their work is over",
    async (world) => {
      const { store } = watch(world);
      const over = gate();
      let outlived: Promise<unknown> | undefined;
      await store.withLock("k", async ({ holder }) => {
        outlived = over.opened.then(() => store.getOrCompute("k", () => 3, { refresh: true }));
        assertEqual(await store.read("k", { holder }), undefined);
        assertEqual(await store.getOrCompute("other", () => 2), 2);
        assertEqual(await store.acquireLock("k", { acquireTimeout: 0 }), undefined);
        await store.withLock("k", ({ holder: same }) => store.write("k", 1, { holder: same }), { holder });
      });
      assertEqual((await store.read("k"))?.result, 1);
      over.open();
      assertEqual(await outlived, 3);
    },
  ],
  [
    "who waits longer than it said is told so",
    async (world) => {
      const { store } = watch(world);
      const grant = await store.acquireLock("k");
      await assertRejects(
        store.withLock("k", () => {}, { acquireTimeout: 5 }),
        "LOCK_TIMEOUT",
      );
      await assertRejects(
        store.getOrCompute("k", () => 1, { acquireTimeout: "5ms" }),
        "LOCK_TIMEOUT",
      );
      await store.releaseLock("k", grant!);
    },
  ],
  [
    "a signal ends waiting, with its own reason",
    async (world) => {
      const { store } = watch(world);
      const grant = await store.acquireLock("k");
      const controller = new AbortController();
      const { signal } = controller;
      const waits = [
        store.acquireLock("k", { signal }),
        store.read("k", { signal }),
        store.waitForLock("k", { signal }),
        store.getOrCompute("k", () => 1, { signal }),
      ];
      controller.abort("enough");
      const outcomes = await Promise.allSettled(waits);
      for (const outcome of outcomes) assertEqual(outcome.status === "rejected" && outcome.reason, "enough");
      await store.releaseLock("k", grant!);
      assertEqual(await store.getOrCompute("k", () => 1), 1);
    },
  ],
  [
    "two contexts that count under the lock lose no step",
    async (world) => {
      const stores = [watch(world).store, watch(world).store];
      const step = (i: number) => {
        const store = stores[i % 2]!;
        return store.withLock("n", async ({ holder }) => {
          const record = await store.read("n", { holder });
          await store.write("n", Number(record?.result ?? 0) + 1, { holder });
        });
      };
      await Promise.all(Array.from({ length: 20 }, (_, i) => step(i)));
      assertEqual((await watch(world).store.read("n"))?.result, 20);
    },
  ],
];
