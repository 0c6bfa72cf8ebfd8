import { describe, expect, test } from "vitest";
import { parametersKeyOf } from "../../src/core/deferred/job-parameters.ts";
import { ResultRecord } from "../../src/core/context/built-in-serializers.ts";
import { HttpLockManager } from "../../src/http/http-lock-manager.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import { HttpTaskScheduler } from "../../src/http/http-task-scheduler.ts";
import {
  deferPath,
  deferredPath,
  deferredStatusPath,
  headers,
  maxParameterBytes,
  type Operation,
  type Problem,
  recordMediaType,
  resultPath,
  toSegment,
} from "../../src/http/requests/protocol.ts";
import {
  bytesOf,
  type Call,
  type CallInit,
  createCall,
  putRecord,
  refusal,
  secret,
  tokenFor,
} from "../workers/api-tools.ts";
import { createResultsApi } from "../../workers/api/create-results-api.ts";
import { double, runsOf } from "./tasks.ts";
import { env, Gate, parametersOf, scriptedJob, store } from "./world.ts";
import { createStore } from "../stores.ts";

const call: Call = await createCall();

function defer(key: string, task: string, parameters: Uint8Array, init: CallInit = {}, by = call): Promise<Response> {
  const body = parameters as Uint8Array<ArrayBuffer>;
  return by(deferPath(key, task), { method: "POST", body, headers: { "content-type": recordMediaType }, ...init });
}

async function bearer(operations: readonly Operation[], prefix = ""): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await tokenFor({ operations, prefix })}` };
}

async function endOf(key: string, init?: CallInit): Promise<unknown> {
  for (;;) {
    const status = await (await call(deferredStatusPath(key, 10_000), init)).json<{ state: string }>();
    if (status.state === "done" || status.state === "failed") return status;
  }
}

test("a call is handed over, run, and its record is read", async () => {
  const gate = new Gate();
  const job = await scriptedJob(async () => {
    await gate.pass();
    return { a: 1n };
  });
  const accepted = await defer(job.key, job.task, job.parameters);
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get("cache-control")).toBe("no-store");
  expect(await accepted.json()).toMatchObject({ state: "pending", attempts: 0 });
  const kept = await store.resultStorage.read(parametersKeyOf(job.key));
  const parameters = await ResultRecord.deserialize(kept!.bytes, { key: parametersKeyOf(job.key) });
  expect(parameters.result).toEqual([job.id]);
  expect(parameters.expiration!.getTime()).toBeGreaterThan(Date.now() + 86_400_000);
  const waiting = endOf(job.key);
  gate.open();
  expect(await waiting).toEqual({ state: "done", attempts: 1 });
  const record = await ResultRecord.deserialize(await bytesOf(await call(resultPath(job.key))), { key: job.key });
  expect(record.result).toEqual({ a: 1n });
});

test("how a call failed is told", async () => {
  const job = await scriptedJob(() => {
    throw new TypeError("x is not a city");
  });
  await defer(job.key, job.task, job.parameters);
  const error = { name: "TypeError", message: "x is not a city" };
  expect(await endOf(job.key)).toEqual({ state: "failed", attempts: 3, error });
});

describe("a token", () => {
  test('with "defer" has computed what the Worker knows to compute, and writes nothing itself', async () => {
    const job = await scriptedJob(() => 1);
    const deferring = await bearer(["defer"]);
    expect((await defer(job.key, job.task, job.parameters, deferring)).status).toBe(202);
    expect(await endOf(job.key, deferring)).toMatchObject({ state: "done" });
    const forged = (await createRecord("a/1", "poison")).bytes;
    const put = { method: "PUT", body: forged, headers: { "content-type": recordMediaType }, ...deferring };
    for (const key of ["a/1", parametersKeyOf(job.key)]) {
      expect(await refusal(await call(resultPath(key), put))).toBe("403 ACCESS_DENIED");
    }
    expect(await refusal(await call(resultPath(job.key), deferring))).toBe("403 ACCESS_DENIED");
  });

  test("without it, or for other keys, hands nothing over and is told nothing", async () => {
    const job = await scriptedJob(() => 1);
    const others = await bearer(["read", "write", "delete", "list", "lock"]);
    const elsewhere = await bearer(["defer"], "maps/");
    for (const init of [others, elsewhere]) {
      expect(await refusal(await defer(job.key, job.task, job.parameters, init))).toBe("403 ACCESS_DENIED");
      expect(await refusal(await call(deferredStatusPath(job.key, 0), init))).toBe("403 ACCESS_DENIED");
    }
    expect(await refusal(await defer(job.key, job.task, job.parameters, { authorization: null }))).toBe(
      "401 ACCESS_DENIED",
    );
    expect(await refusal(await call(deferredStatusPath(job.key, 0)))).toBe("404 RECORD_NOT_FOUND");
  });
});

async function createRecord(key: string, value: unknown) {
  const bytes = await createStore().createResultRecord(value, { key }).serialize();
  return { bytes: bytes as Uint8Array<ArrayBuffer> };
}

describe("refused is", () => {
  const problemOf = async (answer: Response) => {
    const { status, code, detail } = await answer.json<Problem>();
    return `${status} ${code}: ${detail}`;
  };

  test("a task that isn't registered: those that are, are listed", async () => {
    const { key, parameters } = await scriptedJob(() => 1);
    expect(await problemOf(await defer(key, "triple", parameters))).toBe(
      '400 INVALID_ARGUMENT: There is no task "triple" here; registered are: "double", "scripted"',
    );
    for (const task of ["", "\ud800".toWellFormed().repeat(2_000)]) {
      expect(await refusal(await defer(key, task, parameters))).toBe("400 INVALID_ARGUMENT");
    }
    const path = `${deferredPath}/${toSegment(key)}`;
    const body = parameters as Uint8Array<ArrayBuffer>;
    const nameless = await call(path, { method: "POST", body, headers: { "content-type": recordMediaType } });
    expect(await problemOf(nameless)).toContain("400 INVALID_ARGUMENT: task");
  });

  test("a key that isn't the task's own for the parameters: nobody has others' keys written", async () => {
    const own = (await double.cacheKey([{ x: 1 }]))!;
    for (const key of ["index.html", (await double.cacheKey([{ x: 2 }]))!]) {
      const parameters = await parametersOf(key, [{ x: 1 }]);
      expect(await problemOf(await defer(key, "double", parameters))).toMatch(/^400 INVALID_ARGUMENT: .*version/);
      expect(await store.exists(parametersKeyOf(key))).toBe(false);
    }
    expect((await defer(own, "double", await parametersOf(own, [{ x: 1 }]))).status).toBe(202);
  });

  test("what is no record, one for another call, or of no arguments", async () => {
    const { key, task, parameters } = await scriptedJob(() => 1);
    expect(await refusal(await defer(key, task, new Uint8Array([1, 2])))).toBe("422 CORRUPT_RECORD");
    expect(await refusal(await defer(key, task, parameters.slice(0, -1)))).toBe("422 CORRUPT_RECORD");
    expect(await refusal(await defer(key, task, await parametersOf("other", [1])))).toBe("422 CORRUPT_RECORD");
    expect(await refusal(await defer(key, task, await parametersOf(key, "id")))).toBe("400 INVALID_ARGUMENT");
    const later = parameters.slice();
    later[4] = 9;
    expect((await refusal(await defer(key, task, later))).slice(0, 3)).toBe("422");
    expect(await refusal(await call(deferredStatusPath(key, 0)))).toBe("404 RECORD_NOT_FOUND");
  });

  test("a body of another type, one that is too long, another method, and a key that is none", async () => {
    const { key, task, parameters } = await scriptedJob(() => 1);
    const asJson = { headers: { "content-type": "application/json" } };
    expect(await refusal(await defer(key, task, parameters, asJson))).toBe("415 UNSUPPORTED_MEDIA_TYPE");
    expect(await refusal(await defer(key, task, new Uint8Array(maxParameterBytes + 1)))).toBe("413 TOO_LARGE");
    expect(await refusal(await call(deferPath(key, task), { method: "DELETE" }))).toBe("405 METHOD_NOT_ALLOWED");
    expect(await refusal(await call(`${deferredPath}/?task=double`, { method: "POST" }))).toBe("400 INVALID_ARGUMENT");
  });

  test.for(["-1", "10001", "soon", "", "Infinity"])("a wait of %j", async (wait) => {
    const answer = await call(`${deferredPath}/any?wait=${wait}`);
    expect(await problemOf(answer)).toContain("400 INVALID_ARGUMENT: wait");
  });

  test("everything where no tasks are bound, with the lines that add them", async () => {
    const { key, task, parameters } = await scriptedJob(() => 1);
    const reported: unknown[] = [];
    const quiet = await createCall({ onError: (error) => void reported.push(error) });
    const bare = { env: { TASK_RUNNER: undefined } as never };
    const answers = [await defer(key, task, parameters, bare, quiet), await quiet(deferredStatusPath(key, 0), bare)];
    expect(reported).toHaveLength(2);
    for (const answer of answers) {
      expect(await problemOf(answer)).toMatch(/^500 CONFIGURATION: [^]*TASK_RUNNER[^]*createTaskRunner/);
    }
  });
});

test("a client defers over HTTP and reads the result, by a token that can't write", async () => {
  const token = () => tokenFor({ operations: ["read", "defer"] });
  const api = createResultsApi<object>({ secret: () => secret });
  const options = {
    url: "https://results.example.com/",
    token,
    fetch: async (url: string, init: RequestInit) => api.fetch(new Request(url, init), env),
  };
  const scheduler = new HttpTaskScheduler(options);
  const lockManager = new HttpLockManager(options);
  const client = createStore({ resultStorage: new HttpStorage(options), lockManager, scheduler });
  const job = await scriptedJob(() => new Map([["a", 1]]));
  const deferred = await client.scheduler!.defer({
    store: client,
    argumentsStore: client,
    refresh: false,
    task: job.task,
    key: job.key,
    args: [job.id],
  });
  expect(await deferred.result()).toEqual(new Map([["a", 1]]));
  expect(await deferred.status()).toEqual({ state: "done", attempts: 1 });
  expect(runsOf(job.id)).toHaveLength(1);
  const again = await client.scheduler!.defer({
    store: client,
    argumentsStore: client,
    refresh: false,
    task: job.task,
    key: job.key,
    args: [job.id],
  });
  expect(await again.result()).toEqual(new Map([["a", 1]]));
  expect(runsOf(job.id)).toHaveLength(1);
  const unknown = client.scheduler!.defer({
    store: client,
    argumentsStore: client,
    refresh: false,
    task: "triple",
    key: `${job.key}/3`,
    args: [1],
  });
  await expect(unknown).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  const written = await putRecord(call, `under/${job.id}`, (await createRecord(`under/${job.id}`, 1)).bytes);
  expect([written.status, written.headers.get(headers.consistency)]).toEqual([204, "strong"]);
});
