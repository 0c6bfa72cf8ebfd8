import type { StoreEvent } from "../../core/events/store-event.ts";
import type { Progress } from "../../core/concurrency/progress.ts";
import type { ComputeContext, GetOrComputeOptions } from "../../core/options/call-options.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import { gate, watch, type StoreCase, type Watched } from "./store-world.ts";
import { eventually, inTime } from "../cases/wait-for.ts";

const half = { fraction: 0.5, note: "half" };

function progressOf(events: readonly StoreEvent[]): object[] {
  return events.flatMap((event) => {
    if (event.type !== "progress") return [];
    const { type: _, call: __, ...progress } = event;
    return [progress];
  });
}

/** A listener that records what it is told. */
function listener(): { told: Progress[]; options: GetOrComputeOptions } {
  const told: Progress[] = [];
  return { told, options: { onProgress: (progress) => void told.push(progress) } };
}

/** The promises about the progress of computations. */
export const progressCases: readonly StoreCase[] = [
  [
    "progress reaches the call that computes, the calls that join it, and its listener",
    async (world) => {
      const { store, events } = watch(world);
      const [first, second, late] = [listener(), listener(), listener()];
      const [begun, reported, end] = [gate(), gate(), gate()];
      const compute = async ({ progress }: ComputeContext) => {
        progress(0);
        await begun.opened;
        progress(0.5, "half");
        reported.open();
        await end.opened;
        progress(1);
        return 1;
      };
      const refuse = () => assert(false, "a second computation");
      const calls = [
        store.getOrCompute("k", compute, first.options),
        store.getOrCompute<unknown>("k", refuse, second.options),
      ];
      await eventually(() => second.told.length > 0, "a call that joins is told nothing");
      begun.open();
      await reported.opened;
      calls.push(store.getOrCompute<unknown>("k", refuse, late.options));
      await eventually(() => late.told.length > 0, "a call that joins late is told nothing");
      end.open();
      assertEqual(await inTime(Promise.all(calls), "someone still waits"), [1, 1, 1]);
      const all = [{ fraction: 0 }, half, { fraction: 1 }];
      for (const { told } of [first, second]) assertEqual(told, all);
      assertEqual(late.told, all.slice(1));
      assertEqual(
        progressOf(events),
        all.map((progress) => ({ key: "k", ...progress })),
      );
    },
  ],
  [
    "progress reaches the calls that wait in other contexts, also one that begins to wait later",
    async (world) => {
      const [one, two, three] = [watch(world), watch(world), watch(world)];
      const [reported, end] = [gate(), gate()];
      const [here, there, late] = [listener(), listener(), listener()];
      const computing = one.store.getOrCompute(
        "k",
        async ({ progress }) => {
          await reported.opened;
          progress(0.5, "half");
          await end.opened;
          return 1;
        },
        here.options,
      );
      await eventually(() => one.events.some(({ type }) => type === "compute-start"), "nothing is computed");
      const refuse = () => assert(false, "a second computation");
      const waiting = two.store.getOrCompute<unknown>("k", refuse, there.options);
      await eventually(() => two.events.some(({ type }) => type === "lock-wait"), "it does not wait");
      reported.open();
      await eventually(() => there.told.length > 0, "the one that waits is told nothing");
      const waitingLate = three.store.getOrCompute<unknown>("k", refuse, late.options);
      await eventually(() => late.told.length > 0, "the one that begins to wait later is told nothing");
      end.open();
      assertEqual(await inTime(Promise.all([computing, waiting, waitingLate]), "someone still waits"), [1, 1, 1]);
      for (const { told } of [here, there, late]) assertEqual(told, [half]);
      for (const { events } of [one, two, three]) assertEqual(progressOf(events), [{ key: "k", ...half }]);
    },
  ],
  [
    "a call that waits for one whose computation fails is told the progress of its successor",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      const [failure, joined, end] = [gate(), gate(), gate()];
      const failing = one.store.getOrCompute("k", async ({ progress }) => {
        progress(0.9);
        await failure.opened;
        throw new Error("failed");
      });
      await eventually(() => progressOf(one.events).length > 0, "nothing is reported");
      const compute = async ({ progress }: ComputeContext) => {
        await joined.opened;
        progress(0.5, "half");
        await end.opened;
        return 1;
      };
      const [second, third, late] = [listener(), listener(), listener()];
      const three = watch(world);
      const calls = [
        two.store.getOrCompute("k", compute, second.options),
        three.store.getOrCompute("k", compute, third.options),
      ];
      for (const { events } of [two, three])
        await eventually(() => events.some(({ type }) => type === "lock-wait"), "it does not wait");
      for (const { told } of [second, third]) await eventually(() => told.length > 0, "someone is told nothing");
      failure.open();
      assertEqual(await failing.catch(String), "Error: failed");
      const isComputing = ({ events }: Watched) => events.some(({ type }) => type === "compute-start");
      await eventually(() => [two, three].some(isComputing), "nobody computes");
      const { store } = [two, three].find(isComputing)!;
      calls.push(store.getOrCompute("k", compute, late.options));
      joined.open();
      for (const { told } of [second, third])
        await eventually(() => told.some(({ fraction }) => fraction === 0.5), "someone is told nothing");
      end.open();
      assertEqual(await inTime(Promise.all(calls), "someone still waits"), [1, 1, 1]);
      // not of the computation before
      assertEqual(late.told, [half]);
    },
  ],
  [
    "a call that reads a record while it is computed elsewhere tells the progress as an event",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      const end = gate();
      const computing = one.store.getOrCompute("k", async ({ progress }) => {
        progress(0.5, "half");
        await end.opened;
        return 1;
      });
      await eventually(() => progressOf(one.events).length > 0, "nothing is reported");
      const reading = two.store.read("k");
      await eventually(() => progressOf(two.events).length > 0, "the one that reads is told nothing");
      end.open();
      assertEqual((await inTime(reading, "it still waits"))?.result, 1);
      await computing;
      assertEqual(progressOf(two.events), [{ key: "k", ...half }]);
    },
  ],
  [
    "a progress that is none fails the computation, and a listener that is none the call",
    async (world) => {
      const { store, events } = watch(world);
      const bad = [-0.1, 1.1, Number.NaN, "1", undefined];
      for (const fraction of bad)
        await assertRejects(
          store.getOrCompute("k", ({ progress }) => progress(fraction as number)),
          "INVALID_ARGUMENT",
        );
      const notes = [1, {}, "a".repeat(257)];
      for (const note of notes)
        await assertRejects(
          store.getOrCompute("k", ({ progress }) => progress(0, note as string)),
          "INVALID_ARGUMENT",
        );
      await assertRejects(
        store.getOrCompute("k", () => 1, { onProgress: "listener" as never }),
        "INVALID_ARGUMENT",
      );
      assertEqual(progressOf(events), []);
    },
  ],
  [
    "progress that is reported after the end reaches nobody",
    async (world) => {
      const { store, events } = watch(world);
      const { told, options } = listener();
      let late: ComputeContext["progress"] | undefined;
      await store.getOrCompute("k", ({ progress }) => void (late = progress), options);
      late!(0.5);
      const limited = store.getOrCompute(
        "l",
        ({ progress, signal }) => {
          late = progress;
          return new Promise((_, reject) => signal.addEventListener("abort", reject));
        },
        { computeTimeout: 1, ...options },
      );
      await assertRejects(limited, "COMPUTE_TIMEOUT");
      late!(0.5);
      await store.getOrCompute("k", () => 2, { refresh: true, ...options });
      assertEqual([told, progressOf(events)], [[], []]);
    },
  ],
];
