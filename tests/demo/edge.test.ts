import { randomUUID } from "node:crypto";
import process from "node:process";
import type { BrowserContext } from "playwright";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import type { KeptMap } from "../../demo/density/kept-map.ts";
import { createMapTasks, mapInputs, type MapTask } from "../../demo/store/map-tasks.ts";
import { readUrl } from "../../demo/density/settings.ts";
import { HttpStorage, HttpTaskScheduler } from "../../src/http/index.ts";
import { deferredPath, resultPath, resultsPath } from "../../src/http/requests/protocol.ts";
import { task } from "../../src/node/index.ts";
import { DemoPage, eventually, quickKey, quickMap, slowKey, slowMap } from "./demo-page.ts";
import { startDemoServer } from "./demo-server.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";
import { computingProcess } from "./renderer-process.ts";
import { createStore } from "../stores.ts";

let site: DemoSite;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  site = await startDemoSite();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(() => site.close());

/** Maps that no other test has: the edge is shared by all. */
function inOwnSpace(query: string): { query: string; space: string } {
  const space = randomUUID();
  return { query: `${query}&edge=on&space=${space}`, space };
}

/** A browser of its own, with nothing kept. */
async function openBrowser(query: string, origin = site.origin): Promise<DemoPage> {
  const context = await site.browser.newContext();
  contexts.push(context);
  return DemoPage.open({ origin }, context, query);
}

/** A map as this test has it handed over to the Worker, which nobody here could compute. */
function mapTaskOf(origin: string): MapTask {
  const api = { url: origin };
  const store = createStore({ resultStorage: new HttpStorage(api), scheduler: new HttpTaskScheduler(api) });
  const nobody = () => Promise.reject(new Error("the Worker was to compute it"));
  return createMapTasks(task, nobody).get("1d")!.withOptions({ store });
}

async function askWorker(query: string): Promise<KeptMap> {
  const call = await mapTaskOf(site.origin).defer([mapInputs(readUrl(`?${query}`))]);
  return call.result();
}

/** Where a record is, as the page's store tells. */
async function placeOf(demo: DemoPage, key: string): Promise<string> {
  const listed: string[] = await demo.page.evaluate(
    'reprise.store.list({ scope: "local" }).then(({ records }) => records.map(({ storageKey }) => storageKey))',
  );
  const etag = await etagAtEdge(key, new URL(demo.page.url()).origin);
  return [listed.includes(key) && "here", etag !== null && "edge"].filter(Boolean).join(" and ");
}

const edgeState = (demo: DemoPage) => demo.page.locator("#edge-state").getAttribute("data-state");

const edgeText = (demo: DemoPage) => demo.page.locator("#edge-state").innerText();

/** The names of the page's files, as they are loaded from now on. */
function loadedAssets(context: BrowserContext): string[] {
  const loaded: string[] = [];
  context.on(
    "requestfinished",
    (request) => void loaded.push(new URL(request.url()).pathname.slice("/assets/".length)),
  );
  return loaded;
}

async function etagAtEdge(key: string, origin = site.origin): Promise<string | null> {
  const response = await fetch(origin + resultPath(key), {
    method: "HEAD",
    headers: { "Cache-Control": "no-cache" },
  });
  return response.headers.get("ETag");
}

test("a map that one browser computed is answered to another one by the edge, which is said, and kept there too", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const first = await openBrowser(query);
  expect(await first.answer()).toBe("computed");
  const second = await openBrowser(query);
  expect(await second.answer()).toBe("the edge");
  expect(await second.status()).toMatch(/^From the edge in [\d.]+ m?s\. A browser had computed the map\.$/);
  await second.untilDrawn("earthquakes");
  expect([first.workers, second.workers]).toEqual([1, 0]);
  await eventually(() => placeOf(second, `${space}/${quickKey}`)).toBe("here and edge");

  await second.page.reload();
  expect(await second.answer()).toBe("IndexedDB");
  expect([...first.errors, ...second.errors]).toEqual([]);
});

test("after The data changed in one browser, another browser and the Worker have the new map", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const first = await openBrowser(query);
  expect(await first.answer()).toBe("computed");
  const second = await openBrowser(query);
  expect(await second.answer()).toBe("the edge");
  const outdated = await etagAtEdge(`${space}/${quickKey}`);

  await first.page.getByRole("button", { name: "The data changed" }).click();
  await eventually(() => first.sources()).toEqual(["computed", "computed"]);
  await eventually(() => etagAtEdge(`${space}/${quickKey}`)).not.toBe(outdated);
  expect((await askWorker(query)).computedBy).toBe("browser");
  // its own copy counts until its next request to the edge
  const ask = async (dataset: string) => {
    await second.page.locator("#dataset").selectOption(dataset);
    await second.page.locator("#bandwidth").fill(dataset === "earthquakes" ? "300" : "70");
    await second.ask();
    await second.untilDrawn(dataset);
  };
  await ask("airports");
  await ask("earthquakes");
  expect(await second.sources()).toEqual(["the edge", "computed", "the edge"]);
  expect([first.workers, second.workers]).toEqual([2, 1]);
  expect([...first.errors, ...second.errors]).toEqual([]);
});

test("with the edge off a browser computes for itself, and tells the edge nothing", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const alone = await openBrowser(query.replace("edge=on", "edge=off"));
  expect(await alone.answer()).toBe("computed");
  expect(await edgeState(alone)).toBe("off");
  expect(await etagAtEdge(`${space}/${quickKey}`)).toBeNull();
});

test("a map that the Worker computed is the very record that pages get", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const first = await openBrowser(`${query}&compute=edge`);
  expect(await first.answer()).toBe("the Worker");
  expect(first.workers).toBe(0);
  await first.untilDrawn("earthquakes");
  const second = await openBrowser(query);
  expect(await second.answer()).toBe("the edge");
  expect(await second.status()).toMatch(/^From the edge in [\d.]+ m?s\. The Worker had computed the map\.$/);
  const kept = await etagAtEdge(`${space}/${quickKey}`);
  expect((await askWorker(query)).computedBy).toBe("worker");
  expect(await etagAtEdge(`${space}/${quickKey}`)).toBe(kept);

  // the Worker and a page's own computation agree to the last bit
  const own = await openBrowser(query.replace("edge=on", "edge=off"));
  expect(await own.answer()).toBe("computed");
  const picture = (demo: DemoPage) =>
    demo.page.locator("#map").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  await second.untilDrawn("earthquakes");
  await own.untilDrawn("earthquakes");
  expect(await picture(own)).toBe(await picture(second));
});

test("a map that was handed over is computed though the page is closed, and waits for the next one", async () => {
  const { query, space } = inOwnSpace(slowMap);
  const first = await openBrowser(`${query}&compute=edge`);
  await first.untilState("at-edge");
  await first.page.close();
  await eventually(() => etagAtEdge(`${space}/${slowKey}`)).not.toBeNull();
  const second = await openBrowser(query);
  expect(await second.answer()).toBe("the edge");
  expect(second.workers).toBe(0);
});

test("two browsers and the Worker that want the same map at the same time compute it once", async () => {
  const { query } = inOwnSpace(slowMap);
  const [first, second, worker] = await Promise.all([openBrowser(query), openBrowser(query), askWorker(query)]);
  await Promise.all([first.answer(), second.answer()]);
  expect(first.workers + second.workers).toBe(worker.computedBy === "browser" ? 1 : 0);
  await Promise.all([first.untilDrawn("zipcodes"), second.untilDrawn("zipcodes")]);
});

test("a browser shows how far another one is, and the Worker", async () => {
  const page = inOwnSpace(slowMap);
  const [first, second] = [await openBrowser(page.query), await openBrowser(page.query)];
  await eventually(async () => Math.max(await first.share(), await second.share())).toBeGreaterThan(0);
  const isFirst = (await first.state()) === "computing";
  const waiting = isFirst ? second : first;
  await eventually(() => waiting.share()).toBeGreaterThan(0);
  expect(await waiting.state()).toBe("waiting");

  const worker = inOwnSpace(slowMap);
  const asking = await openBrowser(`${worker.query}&compute=edge`);
  await asking.untilState("at-edge");
  const watching = await openBrowser(worker.query);
  await eventually(() => watching.share()).toBeGreaterThan(0);
  expect(watching.workers).toBe(0);
});

// A stopped process runs no timer and answers nobody, as a tab that the system has suspended.
test.skipIf(process.platform === "win32")(
  "a browser that is stopped while it computes loses its lease to another browser, and its late result is refused",
  { timeout: 180_000 },
  async () => {
    const { query, space } = inOwnSpace(`${slowMap}&hold=4000`);
    const key = `${space}/${slowKey}`;
    const first = await openBrowser(query);
    await first.untilState("computing");
    const second = await openBrowser(query);
    await second.untilState("waiting");
    const stopped = await computingProcess(site.browser);
    process.kill(stopped, "SIGSTOP");
    try {
      expect(await second.answer()).toBe("computed");
      expect(await second.notes()).toEqual([expect.stringContaining("taken over")]);
    } finally {
      process.kill(stopped, "SIGCONT");
    }
    const kept = await etagAtEdge(key);
    expect(kept).not.toBeNull();

    expect(await first.answer()).toBe("computed");
    await eventually(() => first.notes()).toContainEqual(expect.stringMatching(/^result not kept: StaleLockError: /));
    await first.untilDrawn("zipcodes");
    expect(await etagAtEdge(key)).toBe(kept);
  },
);

test("without a network a browser goes on by itself and says so, and once it is back it shares again", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const demo = await openBrowser(query);
  expect(await demo.answer()).toBe("computed");
  await eventually(() => edgeState(demo)).toBe("on");

  await demo.page.context().setOffline(true);
  await demo.page.locator("#bandwidth").fill("400");
  await demo.ask();
  await eventually(() => demo.sources()).toEqual(["computed", "computed"]);
  await eventually(() => edgeState(demo)).toBe("offline");
  const offlineKey = `${space}/${quickKey.replace("300km", "400km")}`;
  await eventually(() => placeOf(demo, offlineKey)).toBe("here");

  await demo.page.context().setOffline(false);
  await demo.page.locator("#bandwidth").fill("500");
  await demo.ask();
  await eventually(() => demo.sources()).toEqual(["computed", "computed", "computed"]);
  await eventually(() => edgeState(demo)).toBe("on");
  await eventually(() => etagAtEdge(`${space}/${quickKey.replace("300km", "500km")}`)).not.toBeNull();
  expect(demo.errors).toEqual([]);
});

test("without a network, maps of data sets that were never asked for are computed and drawn too", async () => {
  const { query } = inOwnSpace(quickMap);
  const context = await site.browser.newContext();
  contexts.push(context);
  const loaded = loadedAssets(context);
  const demo = await DemoPage.open(site, context, query);
  await demo.untilDrawn("earthquakes");
  const needed = ["zipcodes.csv", "airports.csv", "us-10m.json", "countries-50m.json"];
  await eventually(() => loaded).toEqual(expect.arrayContaining(needed));

  await context.setOffline(true);
  await eventually(() => edgeText(demo)).toContain("All it takes to compute maps is in this tab.");
  // nothing is to be had from the browser's own cache either
  await context.route(/assets/, (route) => route.abort());
  await demo.page.locator("#dataset").selectOption("airports");
  await demo.ask();
  expect(await demo.answer()).toBe("computed");
  await demo.untilDrawn("airports");
  expect(demo.errors).toEqual([]);
});

test("without a network, the page says of which data it can't compute maps, and a map that needs them fails with that reason", async () => {
  const { query } = inOwnSpace(quickMap);
  const context = await site.browser.newContext();
  contexts.push(context);
  await context.route(/assets.zipcodes/, (route) => route.abort());
  const loaded = loadedAssets(context);
  const demo = await DemoPage.open(site, context, query);
  await demo.untilDrawn("earthquakes");
  await eventually(() => loaded).toEqual(expect.arrayContaining(["airports.csv", "us-10m.json", "countries-50m.json"]));

  await context.setOffline(true);
  await eventually(() => edgeText(demo)).toMatch(/has not loaded yet: US ZIP codes\./);
  await demo.page.locator("#dataset").selectOption("zipcodes");
  await demo.ask();
  await demo.untilState("failed");
  expect(await demo.status()).toMatch(
    /“US ZIP codes” is not in this tab yet, and could not be loaded \(there is no network\)/,
  );
  expect(await demo.caption()).toMatch(/^No map of US ZIP codes/);
});

test("the page learns by itself that the network is gone and back, with nothing asked for meanwhile", async () => {
  const { query } = inOwnSpace(quickMap);
  const demo = await openBrowser(query);
  expect(await demo.answer()).toBe("computed");
  await demo.page.context().setOffline(true);
  await eventually(() => edgeState(demo)).toBe("offline");
  await demo.page.context().setOffline(false);
  await eventually(() => edgeState(demo)).toBe("on");
  expect(await demo.sources()).toEqual(["computed"]);
});

test("the page learns by itself that a server that was down answers again", async () => {
  const { query } = inOwnSpace(quickMap);
  const demo = await openBrowser(query);
  expect(await demo.answer()).toBe("computed");
  const context = demo.page.context();
  await context.route(/\/v1\//, (route) => route.abort());
  await demo.page.evaluate("reprise.store.list().catch(() => {})");
  await eventually(() => edgeState(demo)).toBe("offline");
  await context.unroute(/\/v1\//);
  await eventually(() => edgeState(demo)).toBe("on");
});

test("the inspector deletes in this browser, or everywhere", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const key = `${space}/${quickKey}`;
  const demo = await openBrowser(query);
  expect(await demo.answer()).toBe("computed");
  await eventually(() => placeOf(demo, key)).toBe("here and edge");
  await demo.inspector.clear();
  await eventually(() => demo.inspector.message()).toBe("All records are deleted.");
  expect(await placeOf(demo, key)).toBe("edge");
  await demo.inspector.element.getByLabel("Records of").selectOption("everywhere");
  await demo.inspector.element.getByLabel("Keys that begin with").fill(space);
  await demo.inspector.delete(key);
  await eventually(() => demo.inspector.message()).toBe(`“${key}” is deleted.`);
  expect(await etagAtEdge(key)).toBeNull();
});

test("the inspector's new expiration goes to the edge, unless the record there is another by now", async () => {
  const { query, space } = inOwnSpace(quickMap);
  const key = `${space}/${quickKey}`;
  const demo = await openBrowser(query);
  await eventually(() => placeOf(demo, key)).toBe("here and edge");
  const neverExpire = async () =>
    (await demo.inspector.look(key)).getByRole("button", { name: "Never expire" }).click();
  await neverExpire();
  await eventually(() => demo.inspector.message()).toBe(`“${key}” never expires.`);
  const storage = new HttpStorage({ url: site.origin });
  const expirationThere = async () => (await storage.head(key, { fresh: true }))?.metadata.expiration?.getFullYear();
  expect(await expirationThere()).toBeUndefined();

  await createStore({ resultStorage: storage }).write(key, "theirs", { expiration: new Date(2_099, 5) });
  const dialog = await demo.inspector.look(key);
  await dialog.getByLabel("Expires at").fill("2100-01-02T03:04:05");
  await dialog.getByRole("button", { name: "Save the expiration" }).click();
  await eventually(() => demo.inspector.message()).toMatch(/was replaced or deleted after you opened it/);
  expect(await expirationThere()).toBe(2_099);

  await demo.inspector.element.getByLabel("Records of").selectOption("everywhere");
  await demo.inspector.element.getByLabel("Keys that begin with").fill(space);
  await neverExpire();
  await eventually(() => demo.inspector.message()).toBe(`“${key}” never expires.`);
  expect(await expirationThere()).toBeUndefined();
});

test("records and locks outlive the server: killed and started again, it goes on with them", async () => {
  const server = await startDemoServer(inject("demoAssets"));
  try {
    const { query, space } = inOwnSpace(quickMap);
    const first = await openBrowser(query, server.origin);
    expect(await first.answer()).toBe("computed");
    await eventually(() => placeOf(first, `${space}/${quickKey}`)).toBe("here and edge");
    const acquire = async (holder: string) => {
      const response = await fetch(`${server.origin}/v1/locks/${space}/acquire`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ holder, holdTimeout: 60_000 }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const before = await acquire("me");
    expect(before.status).toBe(200);

    await server.kill();
    await server.run();
    const second = await openBrowser(query, server.origin);
    expect(await second.answer()).toBe("the edge");
    const again = await acquire("me");
    expect(again.body["token"]).toBe(before.body["token"]);
    expect((await acquire("another")).status).toBe(423);
  } finally {
    await server.close();
  }
});

test("over plain HTTP a mistake is answered with a problem that says what it is", async () => {
  const problemOf = async (path: string, init?: RequestInit) => {
    const response = await fetch(site.origin + path, init);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    const { status, code, detail } = (await response.json()) as Record<string, unknown>;
    expect(status).toBe(response.status);
    return { status, code, detail };
  };
  const record = { method: "PUT", headers: { "Content-Type": "application/vnd.reprise.record" }, body: "no record" };
  expect(await problemOf(resultPath(`none/${randomUUID()}`))).toMatchObject({ status: 404, code: "RECORD_NOT_FOUND" });
  expect(await problemOf(`${resultsPath}?limit=x`)).toMatchObject({
    status: 400,
    detail: 'limit has to be a whole number from 1 to 1000; got "x"',
  });
  expect(await problemOf(resultPath("foreign"), record)).toMatchObject({ status: 422, code: "CORRUPT_RECORD" });
  expect(await problemOf("/v1/nothing")).toMatchObject({ status: 404, code: "UNKNOWN_ROUTE" });
  const deferred = { ...record, method: "POST" };
  const { status, detail } = await problemOf(`${deferredPath}/density?task=nothing`, deferred);
  expect([status, detail]).toEqual([
    400,
    'There is no task "nothing" here; registered are: "map, kept 1 minute", "map, kept 1 hour", "map, kept 1 day", "map, kept ever"',
  ]);
});

test("a map that the page's form can't ask for is not computed, and says why", async () => {
  const { query } = inOwnSpace(quickMap);
  const inputs = { ...mapInputs(readUrl(`?${query}`)), resolution: 100_000 };
  const call = await mapTaskOf(site.origin).defer([inputs]);
  await expect(call.result()).rejects.toThrow("resolution has to be one that the page offers");
});
