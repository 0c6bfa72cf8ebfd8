import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, test, vi } from "vitest";
import { hashTextSync } from "../../../src/core/keys/hash.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { consoleReporter } from "../../../src/core/events/console-reporter.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { createTransaction } from "../../../src/core/transactions/transaction.ts";
import { LockTimeoutError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createMemoryWorld } from "../../memory-world.ts";
import { namesOf, secondsOf, type SpanTree, treesOf } from "./span-trees.ts";
import { createTelemetryWorld } from "./telemetry-world.ts";

const never = () => new Promise<never>(() => {});

describe("a call", () => {
  test("that computes is a span with its look, its computation and its write below, each within its time", async () => {
    const { report, spans } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    await store.getOrCompute("maps/oslo", async () => 42);
    const [tree, ...others] = treesOf(spans());
    expect(others).toEqual([]);
    expect(namesOf([tree!])).toEqual(["getOrCompute", expect.arrayContaining(["look", "compute", "write"])]);
    expect(tree!.attributes).toEqual({
      "reprise.key.hash": hashTextSync("maps/oslo"),
      "reprise.miss.reason": "absent",
      "reprise.source": "computed",
    });
    const root = spans().find(({ name }) => name === "getOrCompute")!;
    for (const span of spans()) {
      expect(secondsOf(span.startTime), span.name).toBeGreaterThanOrEqual(secondsOf(root.startTime));
      expect(secondsOf(span.endTime), span.name).toBeLessThanOrEqual(secondsOf(root.endTime) + 0.002);
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
    }
  });

  test("that memory or the storage answers has no computation", async () => {
    const { report, spans, reset } = createTelemetryWorld();
    const world = createMemoryWorld();
    const store = world.createStore({ onEvent: report });
    await store.write("k", 1);
    reset();
    await store.getOrCompute("k", never);
    await world.createStore({ onEvent: report }).getOrCompute("k", never);
    const trees = treesOf(spans());
    expect(namesOf(trees)).toEqual(["getOrCompute", "getOrCompute", ["look"]]);
    expect(trees.map(({ attributes }) => attributes["reprise.source"])).toEqual(["memory", "storage"]);
  });

  test("is below the span that is active when it begins, and so is a write by hand", async () => {
    const { report, spans, tracer } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    await tracer.startActiveSpan("request", async (span) => {
      await store.getOrCompute("k", async () => 1);
      await store.getOrCompute("k", never);
      await store.write("other", 1);
      span.end();
    });
    const [request] = treesOf(spans());
    const names = request!.children.map(({ name }) => name).toSorted();
    expect(names).toEqual(["getOrCompute", "getOrCompute", "write"]);
    expect(trace.getSpan(context.active())).toBeUndefined();
  });

  test("that joins is a span of its own with a link to the call that computes", async () => {
    const { report, spans } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    const go = gate();
    const calls = [1, 2].map(() => store.getOrCompute("k", async () => go.opened));
    go.open();
    await Promise.all(calls);
    const roots = spans().filter(({ name }) => name === "getOrCompute");
    const [first, second] = ["computed", "joined"].map((source) =>
      roots.find(({ attributes }) => attributes["reprise.source"] === source)!,
    );
    expect(second!.links.map(({ context: { spanId } }) => spanId)).toEqual([first!.spanContext().spanId]);
    expect(namesOf(treesOf(spans()))).toHaveLength(3);
  });

  test("that waits for the lock of another tab is answered with its result after a span for the wait", async () => {
    const { report, spans } = createTelemetryWorld();
    const world = createMemoryWorld();
    const [one, two] = [world.createStore(), world.createStore({ onEvent: report })];
    const go = gate();
    const started = gate();
    const first = one.getOrCompute("k", async () => (started.open(), await go.opened, "theirs"));
    await started.opened;
    const second = two.getOrCompute("k", () => "mine");
    await vi.waitFor(() => expect(spans().map(({ name }) => name)).toContain("look"));
    go.open();
    expect([await first, await second]).toEqual(["theirs", "theirs"]);
    const [tree] = treesOf(spans());
    expect(tree!.attributes["reprise.source"]).toBe("waited");
    expect(namesOf(tree!.children)).toEqual(["look", "lock wait", "look"]);
  });

  test("with a stale answer ends before the computation in the background, which is in the same trace", async () => {
    let now = 0;
    const { report, spans, reset } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report, now: () => now });
    const options = { expiresIn: 10, staleWhileRevalidate: "1h" } as const;
    await store.getOrCompute("k", () => 1, options);
    reset();
    now = 20;
    const go = gate();
    expect(await store.getOrCompute("k", async () => (await go.opened, 2), options)).toBe(1);
    expect(treesOf(spans())[0]!.attributes).toMatchObject({ "reprise.stale": true });
    expect(spans().map(({ name }) => name)).not.toContain("compute");
    go.open();
    await vi.waitFor(() => expect(spans().map(({ name }) => name)).toContain("write"));
    const [tree, ...others] = treesOf(spans());
    expect(others).toEqual([]);
    expect(tree!.children.map(({ name }) => name)).toEqual(expect.arrayContaining(["compute", "write"]));
    expect(tree!.attributes).not.toHaveProperty("reprise.miss.reason");
  });
});

test("calls of one key at once, in two stores with one listener, never mix", async () => {
  const { report, spans } = createTelemetryWorld();
  const [one, two] = [createMemoryWorld(), createMemoryWorld()].map((world) => world.createStore({ onEvent: report }));
  const gates = [gate(), gate()];
  const calls = [
    one!.getOrCompute("k", async () => (await gates[0]!.opened, "one")),
    two!.getOrCompute("k", async () => {
      await gates[1]!.opened;
      throw new RangeError("two");
    }),
  ];
  const settled = Promise.allSettled(calls);
  gates[1]!.open();
  gates[0]!.open();
  await settled;
  const trees = treesOf(spans());
  expect(trees).toHaveLength(2);
  for (const { attributes, children } of trees) {
    const fails = attributes["error.type"] === "RangeError";
    const parts = children.map(({ name }) => name);
    expect(parts.filter((name) => name === "compute")).toHaveLength(1);
    expect(parts.includes("write")).toBe(!fails);
  }
});

describe("inside of a computation", () => {
  const createCaller = () => {
    const world = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: world.report });
    const work = async () => {
      await Promise.resolve();
      return world.tracer.startActiveSpan("fetch", async (span) => {
        const inner = await store.getOrCompute("inner", async () => 1);
        span.end();
        return inner;
      });
    };
    const nested = async () => {
      await Promise.resolve();
      return store.getOrCompute("inner", async () => 1);
    };
    /** The names of the spans on the way to the call of `inner`. */
    const wayToInner = () => {
      const hash = hashTextSync("inner");
      const find = (trees: readonly SpanTree[]): string[] | undefined => {
        for (const { name, attributes, children } of trees) {
          const below = attributes["reprise.key.hash"] === hash ? [] : find(children);
          if (below) return [name, ...below];
        }
        return undefined;
      };
      return find(treesOf(world.spans()));
    };
    return { ...world, store, work, nested, wayToInner };
  };

  test("a call is below the computation", async () => {
    const { store, nested, tracer, wayToInner } = createCaller();
    await tracer.startActiveSpan("request", async (span) => {
      await store.getOrCompute("outer", nested);
      span.end();
    });
    expect(wayToInner()).toEqual(["request", "getOrCompute", "compute", "getOrCompute"]);
  });

  test("a span of work in the span is below the computation, and calls in it below that span", async () => {
    const { store, work, report, wayToInner } = createCaller();
    await store.getOrCompute("outer", () => report.inSpan(work));
    expect(wayToInner()).toEqual(["getOrCompute", "compute", "fetch", "getOrCompute"]);
  });

  test("work that is outside of one runs as it is", async () => {
    const { work, report, wayToInner } = createCaller();
    expect(await report.inSpan(work)).toBe(1);
    expect(wayToInner()).toEqual(["fetch", "getOrCompute"]);
  });

  test.each([
    ["", false],
    [", also in a transaction", true],
  ])("the same holds for a task that calls a task%s", async (_, isInTransaction) => {
    const { store, report, nested, wayToInner, spans } = createCaller();
    const task = createTask(() => store);
    const name = `${isInTransaction} task`;
    const inner = task(async (n: number) => n + (await nested()), { name: `inner ${name}`, captures: () => 1 });
    const outer = task((n: number) => report.inSpan(() => inner(n)), { name: `outer ${name}`, captures: () => 1 });
    const call = async () => outer(1);
    expect(await (isInTransaction ? createTransaction(() => store)({}, call) : call())).toBe(2);
    expect(wayToInner()).toEqual(["getOrCompute", "compute", "getOrCompute", "compute", "getOrCompute"]);
    expect(treesOf(spans()).map(({ name: root }) => root)).toEqual(
      isInTransaction ? ["getOrCompute", "write", "write"] : ["getOrCompute"],
    );
  });
});

describe("a failure", () => {
  test("of the function is the status and the exception of its span and of the call", async () => {
    const { report, spans } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    await expect(store.getOrCompute("k", () => Promise.reject(new RangeError("too far")))).rejects.toThrow("too far");
    const failed = spans().filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ name }) => name).toSorted()).toEqual(["compute", "getOrCompute"]);
    for (const { attributes, events, status } of failed) {
      expect([attributes["error.type"], status.message]).toEqual(["RangeError", "too far"]);
      expect(events[0]).toMatchObject({
        name: "exception",
        attributes: { "exception.message": "too far", "exception.type": "RangeError" },
      });
    }
  });

  test.each([
    ["an object without a prototype", Object.create(null) as object],
    ["an error with a message that is no text", Object.assign(new Error("no"), { message: 5 })],
    ["an error without a name", Object.assign(new Error("no"), { name: undefined })],
  ])("that is %s ends the spans too", async (_name, error) => {
    const { report, spans, points } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    await expect(store.getOrCompute("k", () => Promise.reject(error as Error))).rejects.toBe(error);
    expect(spans().map(({ name }) => name)).toEqual(["look", "look", "compute", "getOrCompute"]);
    expect((await points("reprise.active_computations")).points).toEqual([{ attributes: {}, value: 0 }]);
  });

  test("that is an abort ends the spans, and is no error", async () => {
    const { report, spans } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    const controller = new AbortController();
    const listening = gate();
    const call = store.getOrCompute(
      "k",
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          listening.open();
        }),
      { signal: controller.signal },
    );
    const settled = call.catch((error: unknown) => error);
    await listening.opened;
    controller.abort();
    await settled;
    await vi.waitFor(() =>
      expect(spans().map(({ name }) => name)).toEqual(expect.arrayContaining(["compute", "getOrCompute"])),
    );
    for (const span of spans().filter(({ name }) => name !== "look")) {
      expect(span.attributes["error.type"], span.name).toBe("AbortError");
      expect([span.status.code, span.events]).toEqual([SpanStatusCode.UNSET, []]);
    }
  });

  test("that is an abort while the call waits for a lock ends the wait", async () => {
    const { report, spans } = createTelemetryWorld();
    const world = createMemoryWorld();
    await world.createStore().acquireLock("k");
    const controller = new AbortController();
    const events: string[] = [];
    const store = world.createStore({ onEvent: (event) => (report(event), void events.push(event.type)) });
    const settled = store.getOrCompute("k", () => 1, { signal: controller.signal }).catch((error: unknown) => error);
    await vi.waitFor(() => expect(events).toContain("lock-wait"));
    controller.abort();
    await settled;
    expect(namesOf(treesOf(spans()))).toEqual(["getOrCompute", ["look", "lock wait"]]);
  });

  test("to keep the result is the status of its write, and not of the call", async () => {
    const { report, spans } = createTelemetryWorld();
    const resultStorage = Object.assign(new MemoryStorage(), {
      write: () => Promise.reject(new Error("the disk is gone")),
    });
    const store = createMemoryWorld().createStore({ onEvent: report, resultStorage });
    expect(await store.getOrCompute("k", () => 1)).toBe(1);
    const failed = spans().filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ name, status }) => [name, status.message])).toEqual([["write", "the disk is gone"]]);
  });

  test("of a lock is an event of the span that goes on", async () => {
    const { report, spans } = createTelemetryWorld();
    const { lockManager } = createMemoryWorld().createStore();
    vi.spyOn(lockManager!, "acquireLock").mockRejectedValue(new TypeError("no connection"));
    const store = createMemoryWorld().createStore({ onEvent: report, lockManager });
    expect(await store.getOrCompute("k", () => 1)).toBe(1);
    const root = spans().find(({ name }) => name === "getOrCompute")!;
    expect(root.events).toMatchObject([{ name: "lock-error", attributes: { "error.type": "TypeError" } }]);
  });
});

describe("keys", () => {
  const key = "users/ann@example.com";
  const failing = async (showKeys?: boolean) => {
    const { report, spans } = createTelemetryWorld({ showKeys });
    const world = createMemoryWorld();
    await world.createStore().acquireLock(key);
    const store = world.createStore({ onEvent: report });
    await expect(store.getOrCompute(key, () => 1, { acquireTimeout: 1 })).rejects.toThrow(key);
    return spans().map(({ attributes, status, events }) => ({ attributes, status, events }));
  };

  test("are nowhere in a span, nor in the texts of errors", async () => {
    const spans = await failing();
    expect(spans.some(({ status }) => status.message === 'The lock on "[key]" was not free within 1 ms')).toBe(true);
    expect(JSON.stringify(spans)).not.toContain("ann@example.com");
  });

  /** The texts of the spans of a call that fails. */
  const textsOf = async (of: string, error: Error) => {
    const { report, spans } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    await store.getOrCompute(of, () => Promise.reject(error)).catch(() => {});
    return spans().flatMap(({ status, events }) => [status.message, events[0]?.attributes?.["exception.message"]]);
  };

  test.each([
    ["k", "ask k for 'k', not OK", "ask [key] for '[key]', not OK"],
    ["a.(b)[c]+$&", "no a.(b)[c]+$& and a1(b)", "no [key] and a1(b)"],
    ["maps/oslo", "GET /maps/oslo?x: v1maps/oslo2", "GET /[key]?x: v1[key]2"],
    ["maps/oslo", "GET /maps%2Foslo, maps%2foslo, maps%252Foslo", "GET /[key], [key], [key]"],
    ["users/ann@a.no", "users/ann%40a.no, Users/Ann@a.no, users%2Fann%40a%2Eno", "[key], [key], [key]"],
    [
      'say "it\'s"\n',
      String.raw`{"key":"say \"it's\"\n"} 'say "it\'s"\n' say+%22it%27s%22%0A`,
      `{"key":"[key]"} '[key]' [key]`,
    ],
    ["\\d", String.raw`"\\d" %5Cd`, `"[key]" [key]`],
    ["øst/😀", String.raw`%C3%B8st/%F0%9F%98%80 \u00f8st/\uD83D\ude00 øst%2F😀`, "[key] [key] [key]"],
  ])("%j is replaced, however a text writes it", async (odd, text, shown) => {
    const texts = await textsOf(odd, new Error(text));
    expect(texts.filter(Boolean)).toEqual([shown, shown, shown, shown]);
  });

  test("of a call inside of the function are replaced in the errors that it causes", async () => {
    const inner = new LockTimeoutError(`The lock on "${key}/2" is busy`, { key: `${key}/2` });
    expect(JSON.stringify(await textsOf(key, inner))).not.toContain("ann@example.com");
    const outer = new Error(`failed for ${key}/2`, { cause: new Error("no", { cause: inner }) });
    expect(await textsOf("outer", outer)).toContain("failed for [key]");
  });

  test("of other locks of a transaction are not told", async () => {
    const { report, spans } = createTelemetryWorld();
    const world = createMemoryWorld();
    const store = world.createStore({ onEvent: report });
    const [task, transaction] = [createTask(() => store), createTransaction(() => store)];
    await world.createStore().acquireLock("locked");
    const locked = { key: "locked", isolationLevel: "SERIALIZABLE", acquireTimeout: 1 } as const;
    const work = task(async () => transaction(locked, () => 1), { name: "locks" });
    const around = transaction({ key, isolationLevel: "SERIALIZABLE" }, async () => work());
    await expect(around).rejects.toThrow(`while this transaction holds "${key}"`);
    const messages = spans().map(({ status }) => status.message);
    expect(messages).toContain('The lock on "[key]" was not free within 1 ms');
    expect(JSON.stringify([messages, spans().map(({ events }) => events)])).not.toContain("ann@example.com");
  });

  test("are shown on request", async () => {
    const spans = await failing(true);
    expect(spans.some(({ status }) => status.message?.includes(key))).toBe(true);
    expect(spans.filter(({ attributes }) => attributes["reprise.key"] === key)).toHaveLength(1);
  });
});

describe("spans of calls that never end", () => {
  test("are ended by end(), and what follows is told without them", async () => {
    const { report, spans } = createTelemetryWorld();
    const store = createMemoryWorld().createStore({ onEvent: report });
    const go = gate();
    const started = gate();
    const call = store.getOrCompute("k", async () => (started.open(), go.opened));
    await started.opened;
    report.end();
    expect(namesOf(treesOf(spans()))).toEqual(["getOrCompute", expect.arrayContaining(["compute"])]);
    go.open();
    await call;
    await store.getOrCompute("k", never);
    report.end();
    expect(namesOf(treesOf(spans()))).toEqual([
      "getOrCompute",
      expect.arrayContaining(["compute", "write"]),
      "getOrCompute",
    ]);
    const ids = spans().map((span) => span.spanContext().spanId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("are ended when there are too many of them", () => {
    const { report, spans } = createTelemetryWorld();
    for (let call = 1; call <= 10_003; call++) report({ type: "call-start", key: `k${call}`, call });
    expect(spans()).toHaveLength(3);
    report({ type: "compute-start", key: "k1", call: 1, holder: "h" });
    report({ type: "compute-end", key: "k1", call: 1, holder: "h", duration: 1 });
    expect(spans().map(({ name }) => name)).toEqual(["getOrCompute", "getOrCompute", "getOrCompute", "compute"]);
  });
});

describe("from the events of a call alone", () => {
  const call = { key: "k", call: 1 };

  test("a part never begins before its call, although its duration says so", () => {
    const { report, spans } = createTelemetryWorld();
    report({ type: "call-start", ...call });
    report({ type: "look", ...call, duration: 60_000 });
    report({ type: "done", ...call, source: "storage", duration: 1 });
    const [look, root] = spans();
    expect(secondsOf(look!.startTime)).toBeGreaterThanOrEqual(secondsOf(root!.startTime));
  });

  test("a wait ends where the look begins that finds the result, and goes on over one that finds none", () => {
    for (const miss of [undefined, "absent"] as const) {
      const { report, spans } = createTelemetryWorld();
      report({ type: "call-start", ...call });
      report({ type: "lock-wait", ...call, holder: "h" });
      report({ type: "look", ...call, ...(miss && { miss }), duration: 0 });
      expect(spans().map(({ name }) => name)).toEqual(miss ? ["look"] : ["lock wait", "look"]);
    }
  });

  test("a stale answer is no miss, whether its background computation begins before or after its end", () => {
    const { report, spans } = createTelemetryWorld();
    report({ type: "call-start", ...call });
    report({ type: "miss", ...call, reason: "stale" });
    report({ type: "done", ...call, source: "storage", isStale: true, duration: 1 });
    expect(spans()[0]!.attributes).toEqual({
      "reprise.key.hash": hashTextSync("k"),
      "reprise.source": "storage",
      "reprise.stale": true,
    });
  });
});

test("the listener goes along with another one", async () => {
  const { report, spans } = createTelemetryWorld();
  const lines: string[] = [];
  const log = consoleReporter({ console: { log: (line: string) => void lines.push(line), warn: () => {} } });
  const store = createMemoryWorld().createStore({ onEvent: (event) => [report, log].forEach((tell) => tell(event)) });
  await store.getOrCompute("k", () => 1);
  expect([spans().length > 0, lines.length > 0]).toEqual([true, true]);
});
