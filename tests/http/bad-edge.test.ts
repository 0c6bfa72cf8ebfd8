import { afterEach, expect, test, vi } from "vitest";
import type { StoreEvent } from "../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import type { ComputeContext } from "../../src/core/options/call-options.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { remote, type RemoteOptions } from "../../src/http/remote.ts";
import { sample } from "../../src/testing/storages/storage-scene.ts";
import { createStore } from "../stores.ts";
import { badAnswers } from "./bad-answers.ts";
import { answer, hangUp, json, problem, ScriptedServer, stall, type Act } from "./scripted-server.ts";

// An edge that answers badly must not be worse than none: one computation for all tabs, and the value kept nearby.

const servers: ScriptedServer[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const absent = problem(404, "RECORD_NOT_FOUND");
const lease = json({ token: 7, expiresIn: 30_000, isConfirmed: true, takenOver: false });
const isPut = ({ method }: { method: string }) => method === "PUT";

/** A browser: tabs over one storage and one lock manager, each with its own client of the server. */
async function openBrowser(acts: Act[], options: Partial<RemoteOptions> & { isDeaf?: boolean } = {}) {
  const { isDeaf, ...more } = options;
  const server = await ScriptedServer.start(...acts);
  servers.push(server);
  const local = { storage: new MemoryStorage(), locks: new MemoryLockManager() };
  const events: StoreEvent[] = [];
  const onEvent = isDeaf ? undefined : (event: StoreEvent) => void events.push(event);
  const openTab = (): ResultStore => {
    const { storage, locks } = remote({ url: server.url, ...more }).attach(local, () => onEvent);
    return createStore({ resultStorage: storage, lockManager: locks, onEvent, cacheResultInMemory: false });
  };
  return { server, local, events, openTab };
}

/** Answers every request by its kind. The API's own answers, unless the test says otherwise. */
function api(own: { get?: Act; put?: Act; acquire?: Act; release?: Act; locks?: Act } = {}): Act {
  const { get = absent, put = answer(204, { etag: '"e"' }), acquire = lease, release = answer(204), locks } = own;
  return (response, request) => {
    if (!request.url.includes("/locks/")) return (isPut(request) ? put : get)(response, request);
    const act = request.url.includes("/acquire") || request.url.includes("/renew") ? acquire : release;
    return (locks ?? act)(response, request);
  };
}

interface Outcome {
  computed: number;
  isKept: boolean;
  isLocked: boolean;
  isTold: boolean;
}

const asOffline: Outcome = { computed: 1, isKept: true, isLocked: false, isTold: true };

/** Two tabs ask at once, and a third one after them. */
async function computeInThreeTabs({ local, events, openTab }: Awaited<ReturnType<typeof openBrowser>>) {
  let computed = 0;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const compute = async () => (await finished, ++computed);
  const both = [openTab(), openTab()].map((tab) => tab.getOrCompute("k", compute));
  const isOver = () => events.some(({ type }) => type === "lock-wait") || computed > 0;
  await vi.waitFor(() => expect(isOver()).toBe(true), { timeout: 15_000, interval: 20 }).catch(() => {});
  finish();
  await Promise.all(both);
  await openTab().getOrCompute("k", compute);
  const isTold = events.some((event) => "error" in event && event.error !== undefined);
  const isKept = (await local.storage.read("k")) !== undefined;
  return { computed, isKept, isLocked: await local.locks.isLocked("k"), isTold };
}

/** The outcome of each bad answer to the requests of a kind, all at once. */
async function outcomesOf(toActs: (bad: Act) => Act): Promise<Record<string, Outcome>> {
  const cases = Object.entries(badAnswers).map(async ([name, { status, headers, body }]) => {
    return [name, await computeInThreeTabs(await openBrowser([toActs(answer(status, headers, body))]))] as const;
  });
  return Object.fromEntries(await Promise.all(cases));
}

const expected = Object.fromEntries(Object.keys(badAnswers).map((name) => [name, asOffline]));

test("bad answers to every request: one computation for all tabs, kept nearby, and told", async () => {
  expect(await outcomesOf((bad) => bad)).toEqual(expected);
});

test.for(["get", "put", "acquire", "release", "locks"] as const)(
  "bad answers to every %s, and good ones to the rest: one computation for all tabs, kept nearby",
  async (route) => {
    const outcomes = await outcomesOf((bad) => api({ [route]: bad }));
    const isTold = expect.any(Boolean) as boolean;
    expect(outcomes).toEqual(
      Object.fromEntries(Object.keys(badAnswers).map((name) => [name, { ...asOffline, isTold }])),
    );
  },
);

const trickle: Act = async (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  while (!response.destroyed) {
    response.write(" ");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const cut: Act = (response) => {
  response.writeHead(200, { "content-type": "application/vnd.reprise.record", etag: '"e"', "content-length": "999" });
  response.write("RPRS", () => response.socket?.destroy());
};

const halfHeaders: Act = (response) => void response.socket?.write("HTTP/1.1 200 OK\r\ncontent-ty");

test.for<[string, Act]>([
  ["never answers", stall],
  ["never ends its headers", halfHeaders],
  ["never ends its answers", trickle],
  ["cuts its answers off", cut],
  ["hangs up", hangUp],
])("a server that %s costs a first call no more than a few of its timeouts", async ([, act]) => {
  const { local, events, openTab } = await openBrowser([act], { timeout: 400 });
  const began = performance.now();
  expect(await openTab().getOrCompute("k", () => "value")).toBe("value");
  expect(performance.now() - began).toBeLessThan(3_500);
  expect(await local.storage.read("k")).toBeDefined();
  expect(events.map(({ type }) => type)).toContain("offline");
});

test.for<[string, Act]>([
  ["never answers", stall],
  ["never ends its answers", trickle],
])("a server that %s costs a first call about five seconds, and the next ones nothing", async ([, act]) => {
  const { openTab } = await openBrowser([act]);
  const tab = openTab();
  const began = performance.now();
  await tab.getOrCompute("k", () => 1);
  expect(performance.now() - began).toBeLessThan(8_000);
  const then = performance.now();
  await tab.getOrCompute("l", () => 1);
  expect(performance.now() - then).toBeLessThan(1_000);
});

test("a server that knows no such lock or record leaves the value here, and one tab computes", async () => {
  const codes = ["INVALID_ARGUMENT", "UNSUPPORTED_RECORD", "LOCK_NOT_HELD", "STALE_LOCK", "PRECONDITION_FAILED"];
  const acts = codes.map((code) => api({ acquire: problem(422, code) }));
  for (const act of [...acts, api({ put: problem(422, "UNSUPPORTED_RECORD") })]) {
    expect(await computeInThreeTabs(await openBrowser([act]))).toEqual(asOffline);
  }
});

test("a server that can't be found, or whose certificate is wrong, is gone around", async () => {
  const { server, local } = await openBrowser([absent]);
  const secure = remote({ url: server.url.replace("http:", "https:") }).attach(local, () => undefined);
  const nowhere = remote({ url: "https://nowhere.invalid" }).attach(local, () => undefined);
  for (const [key, { storage, locks }] of Object.entries({ secure, nowhere })) {
    const store = createStore({ resultStorage: storage, lockManager: locks });
    expect(await store.getOrCompute(key, () => "value")).toBe("value");
    expect(await local.storage.read(key)).toBeDefined();
  }
});

test("a sign-in page that gives way: what was kept meanwhile is uploaded, and nothing is asked in the meantime", async () => {
  const page = answer(200, { "content-type": "text/html" }, "<h1>Sign in</h1>");
  const { server, events, openTab } = await openBrowser([page]);
  const tab = openTab();
  for (const key of ["a", "b", "c", "d"]) await tab.getOrCompute(key, () => key);
  expect(server.received.length).toBeLessThanOrEqual(4);
  server.play(api());
  await vi.waitFor(
    async () => {
      await tab.exists("other");
      expect(server.received.filter(isPut)).toHaveLength(4);
    },
    { timeout: 15_000, interval: 100 },
  );
  expect(events.flatMap(({ type }) => (type.endsWith("line") ? [type] : []))).toEqual(["offline", "online"]);
});

test("one record that the server fails at leaves the others shared, and is not sent again with every call", async () => {
  const bad = problem(500, "INTERNAL");
  const act: Act = (response, request) => (request.url.includes("/results/bad") ? bad : api())(response, request);
  const { server, local, openTab } = await openBrowser([act]);
  const tab = openTab();
  for (let round = 0; round < 8; round++) {
    expect(await tab.getOrCompute("bad", () => "kept")).toBe("kept");
    await tab.getOrCompute(`good/${round}`, () => round);
  }
  const puts = server.received.filter(isPut).map(({ url }) => url);
  expect(puts.filter((url) => url.includes("good"))).toHaveLength(8);
  expect(puts.filter((url) => url.includes("bad")).length).toBeLessThanOrEqual(3);
  expect(await local.storage.read("bad")).toBeDefined();
});

test("an answer that is a damaged record is a miss, and takes nobody offline", async () => {
  const { bytes } = sample("k");
  const damaged = bytes.slice();
  damaged[damaged.length - 1]! ^= 1;
  const record = { "content-type": "application/vnd.reprise.record", etag: '"e"' };
  for (const body of [damaged, bytes.slice(0, -1), new Uint8Array()]) {
    const { events, openTab } = await openBrowser([api({ get: answer(200, record, body) })]);
    expect(await openTab().getOrCompute("k", () => "anew")).toBe("anew");
    expect(events.filter(({ type }) => type === "offline")).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: "miss", reason: "corrupt" }));
  }
});

test("a token that may only read: values are kept nearby under the near lock, each told, and nobody is offline", async () => {
  const denied = problem(403, "ACCESS_DENIED");
  const browser = await openBrowser([api({ put: denied, locks: denied })]);
  const { server, events } = browser;
  expect(await computeInThreeTabs(browser)).toEqual(asOffline);
  expect(server.received.filter(isPut)).toHaveLength(1);
  const told = events.map(({ type }) => type);
  expect(told.filter((type) => type === "write-error")).toHaveLength(1);
  expect(told).toContain("lock-error");
  expect(told).not.toContain("offline");
});

test("refusals that the caller has to see are still errors", async () => {
  for (const [status, code] of [
    [400, "INVALID_ARGUMENT"],
    [409, "STALE_LOCK"],
    [403, "ACCESS_DENIED"],
    [412, "PRECONDITION_FAILED"],
    [422, "CORRUPT_RECORD"],
  ] as const) {
    const { openTab } = await openBrowser([api({ put: problem(status, code), locks: json({ isLocked: false }) })]);
    await expect(openTab().write("k", 1)).rejects.toMatchObject({ code });
  }
  const { openTab } = await openBrowser([problem(403, "ACCESS_DENIED")]);
  await expect(openTab().delete("k")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
});

test("without a listener, the console is told once of a mistake in the set-up, and not of a lost connection", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const wrong = await openBrowser([problem(503, "CONFIGURATION", "There is no secret")], { isDeaf: true });
  const tab = wrong.openTab();
  for (const key of ["a", "b"]) await tab.getOrCompute(key, () => key);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/There is no secret/)]]);
  const lost = await openBrowser([hangUp], { isDeaf: true });
  await lost.openTab().getOrCompute("a", () => 1);
  expect(warn).toHaveBeenCalledTimes(1);
});

test("an edge of an earlier version, which knows no progress, stays in use", async () => {
  const unknown = problem(404, "UNKNOWN_ROUTE");
  const acts: Act = (response, request) => (request.url.endsWith("/progress") ? unknown : api())(response, request);
  const { openTab, events, server } = await openBrowser([acts]);
  const store = openTab();
  const reports = () => server.received.filter(({ url }) => url.endsWith("/progress")).length;
  const compute = async ({ progress }: ComputeContext) => {
    for (let n = 1; n <= 4; n++) {
      progress(n / 4);
      await vi.waitUntil(() => reports() === n, 5_000);
    }
    return 1;
  };
  expect(await store.getOrCompute("k", compute)).toBe(1);
  expect(await store.getOrCompute("l", () => 1)).toBe(1);
  expect(events.filter(({ type }) => type === "offline")).toEqual([]);
});
