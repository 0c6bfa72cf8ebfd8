import { spawn } from "node:child_process";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { EdgeInPage } from "../browser/store/edge-in-page.ts";
import { type Act, ScriptedServer } from "../http/scripted-server.ts";

/** The longest time from the last line of a program to its end, in milliseconds. Any timer of ours takes longer. */
const longestEnd = 3_000;

/** Runs a module in a Node process of its own. Resolves with its lines once it has ended by itself. */
async function run(source: string): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  let last = performance.now();
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
    last = performance.now();
  });
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const tooLong = setInterval(() => {
    if (output.includes("done") && performance.now() - last > longestEnd) child.kill("SIGKILL");
  }, 50);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (...end) => resolve(end));
  });
  clearInterval(tooLong);
  expect({ code, signal, errors: code === 0 ? "" : errors }).toEqual({ code: 0, signal: null, errors: "" });
  return output.trim().split("\n");
}

const moduleOf = (file: string) => file.replace("./dist/", `${process.cwd()}/`).replace(/\.js$/, ".ts");
const entries = Object.entries(packageJson.exports)
  .filter(([name]) => name !== "./package.json" && name !== "./worker")
  .map(([name, target]) => [name.replace(".", "reprise"), moduleOf((target as { default: string }).default)] as const);
const importOf = (name: string) => `import(${JSON.stringify(Object.fromEntries(entries)[name])})`;

test.each(entries)("%s: a process that has imported it ends", async (name) => {
  expect(await run(`await ${importOf(name)}; console.log("done")`)).toEqual(["done"]);
});

/** As much as a store can do. `store`, and all that the entry exports as `reprise`, are at hand. */
const useOfStore = `
  await store.write("a", 1, { expiresIn: "1h" });
  await store.writeMany([{ key: "b", result: 2 }, { key: "c", result: 3 }]);
  await store.read("a");
  await Promise.all(Array.from({ length: 10 }, () => store.getOrCompute("d", () => new Promise((resolve) => setTimeout(resolve, 20, 4)))));
  await store.getOrCompute("e", () => 5, { signal: new AbortController().signal, acquireTimeout: "1h" });
  await store.withLock("f", ({ holder }) => store.write("f", 6, { holder }));
  const lock = await store.acquireLock("g", { holdTimeout: "1h" });
  const waiting = [store.acquireLock("g", { holdTimeout: "1h", acquireTimeout: "1h" }), store.read("g", { timeout: "1h" })];
  await new Promise((resolve) => setTimeout(resolve, 20));
  await store.releaseLock("g", lock);
  const [next] = await Promise.all(waiting);
  await store.releaseLock("g", next);
  // never released
  await store.acquireLock("h", { holdTimeout: "1h" });
  const onProgress = () => {};
  await store.getOrCompute("i", ({ progress }) => [0, 0.5, 1].forEach((share) => progress(share)), { onProgress });
  core.subscribe(store, "all", () => {});
  await store.delete("b");
  await store.list();
  await store.sweep();
  await store.write("last", 7);
`;

const useOfTasks = `
  const options = { version: "1", store };
  const double = reprise.task(async (x) => 2 * x, { name: "double", ...options });
  const scheduler = new reprise.MemoryTaskScheduler({ tasks: () => [later] });
  const later = reprise.task(async (x) => 3 * x, { name: "later", version: "1", store: store.withOptions({ scheduler }) });
  await reprise.flow(async () => double(1), { name: "flow", store })();
  await reprise.transaction({ key: "t", store }, async (txn) => txn.stage(1));
  const call = await later.defer([1]);
  await call.result({ timeout: "1h" });
`;

const whole = (name: string, create: string, use = useOfStore + useOfTasks) => `
  const reprise = await ${importOf(name)};
  const core = await ${importOf("reprise/core")};
  const events = [];
  const onEvent = (event) => events.push(event);
  const waitUntil = (promise) => void promise.catch(() => {});
  const parts = () => ({ onEvent, resultStorage: new core.MemoryStorage(), lockManager: new core.MemoryLockManager() });
  const store = ${create};
  ${use}
  console.log("done");
`;

let server: ScriptedServer;
beforeAll(async () => {
  const edge = new EdgeInPage();
  const act: Act = async (response, { method, url, headers, body }) => {
    const answer = await edge.fetch(`http://localhost${url}`, {
      method,
      headers: headers as Record<string, string>,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  server = await ScriptedServer.start(act);
});
afterAll(() => server.stop());

describe("a process ends by itself after it has used", () => {
  test.each([
    ["reprise", "reprise.createResultStore({ onEvent })"],
    ["reprise", "reprise.createResultStore({ onEvent, waitUntil })"],
    ["reprise/node", "reprise.getResultStore() ?? reprise.createResultStore()"],
    ["reprise/browser", "reprise.createResultStore({ onEvent })"],
    ["reprise/browser", "reprise.createResultStore({ onEvent, waitUntil, sweepInterval: '1h' })"],
    ["reprise/browser", "reprise.createResultStore({ ...parts(), changes: new reprise.TabChannel('name') })"],
    ["reprise/edge", "reprise.createResultStore({ ...parts(), waitUntil })"],
  ])("%s: %s", async (name, create) => {
    expect(await run(whole(name, create))).toEqual(["done"]);
  });

  test("reprise/core", async () => {
    const create = "new core.ResultStore({ ...parts(), waitUntil, serializer: new core.JsonSerializer() })";
    expect(await run(whole("reprise/core", create, useOfStore))).toEqual(["done"]);
  });

  test("a store of the browser that was only created, and one that was closed", async () => {
    const created = whole("reprise/browser", "reprise.createResultStore()", "");
    const closed = whole("reprise/browser", "reprise.createResultStore()", `${useOfStore} await store.close();`);
    expect(await Promise.all([run(created), run(closed)])).toEqual([["done"], ["done"]]);
  });

  test("a channel that was listened to and posted to", async () => {
    const use =
      "store.onChange(() => {}); store.post('written', { keys: ['a'] }); await new Promise((resolve) => setTimeout(resolve, 20));";
    expect(await run(whole("reprise/browser", "new reprise.TabChannel('name')", use))).toEqual(["done"]);
  });

  test.each(["reprise/browser", "reprise/node"])("%s: a Worker that answers", async (name) => {
    const create = `reprise.createResultStore({ onEvent, remote: reprise.remote({ url: "${server.url}/edge" }) })`;
    const use = `await store.getOrCompute("a", () => 1); await store.withLock("b", () => store.read("a")); await store.acquireLock("c of ${name}");`;
    expect(await run(whole(name, create, use))).toEqual(["done"]);
  });

  test("the clients of a Worker that answers", async () => {
    const http = `
      const [{ HttpStorage, HttpLockManager }, { ResultStore, JsonSerializer }] = await Promise.all([reprise, core]);
      const options = { url: "${server.url}/edge" };
      const over = new ResultStore({ resultStorage: new HttpStorage(options), lockManager: new HttpLockManager(options), serializer: new JsonSerializer() });
      await over.getOrCompute("d", () => 1);
      await over.acquireLock("e", { holdTimeout: "1h" });`;
    expect(await run(whole("reprise/http", "undefined", http))).toEqual(["done"]);
  });

  test.each(["reprise/browser", "reprise/node"])(
    "%s: a Worker that can't be reached, with uploads that wait for it",
    async (name) => {
      const create = `reprise.createResultStore({ onEvent, remote: reprise.remote({ url: "http://127.0.0.1:9" }) })`;
      const use = `await store.getOrCompute("a", () => 1); await store.write("b", 2);
      if (!events.some(({ type }) => type === "offline")) throw new Error("is reached");`;
      expect(await run(whole(name, create, use))).toEqual(["done"]);
    },
  );

  test("reprise/prefect", async () => {
    const use = `
      const file = { metadata: { storage_key: "k", serializer: { type: "json" }, prefect_version: "3" }, result: "1" };
      const record = await reprise.readPrefectRecord(new TextEncoder().encode(JSON.stringify(file)));
      await reprise.writePrefectRecord(record);`;
    expect(await run(whole("reprise/prefect", "undefined", use))).toEqual(["done"]);
  });

  test("reprise/testing", async () => {
    const use = `
      const suites = [
        ...reprise.storageContract({ create: async () => new core.MemoryStorage() }),
        ...reprise.lockManagerContract({ create: async () => new core.MemoryLockManager() }),
      ];
      for (const { run } of suites) await run();`;
    expect(await run(whole("reprise/testing", "undefined", use))).toEqual(["done"]);
  });
});

describe("a process does not end before its work", () => {
  const wait = (use: string) => run(whole("reprise/browser", "reprise.createResultStore({ onEvent, waitUntil })", use));

  test("which waits for a lease that nobody releases", async () => {
    const use = `await store.acquireLock("k", { holdTimeout: 300 });
      console.log(await store.withLock("k", () => "locked"));
      await store.acquireLock("l", { holdTimeout: 300 });
      console.log(await store.getOrCompute("l", () => "computed"));
      await store.acquireLock("m", { holdTimeout: 300 });
      console.log((await store.read("m"))?.result);
      await store.acquireLock("n", { holdTimeout: "1h" });
      console.log(await store.withLock("n", () => {}, { acquireTimeout: 300 }).catch(({ code }) => code));`;
    expect(await wait(use)).toEqual(["locked", "computed", "undefined", "LOCK_TIMEOUT", "done"]);
  });

  test("which is deferred and tried again", async () => {
    const use = `let runs = 0;
      const scheduler = new reprise.MemoryTaskScheduler({ tasks: () => [twice], firstDelay: 300 });
      const twice = reprise.task(async () => { if (++runs < 2) throw new Error("again"); return runs; },
        { name: "twice", version: "1", store: store.withOptions({ scheduler }) });
      const call = await twice.defer([]);
      console.log(await call.result());`;
    expect(await wait(use)).toEqual(["2", "done"]);
  });

  test("which opens a database that never answers", async () => {
    const use = `globalThis.indexedDB = { open: () => new EventTarget() };
      console.log(await reprise.createResultStore({ openTimeout: 300 }).getOrCompute("k", () => 1));`;
    expect(await wait(use)).toEqual(["1", "done"]);
  });
});
