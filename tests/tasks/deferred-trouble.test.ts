import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { fetchParameters, keepParameters, parametersKeyOf } from "../../src/core/deferred/job-parameters.ts";
import { encodeRecord } from "../../src/core/record/record-format.ts";
import { DurableObjectTaskScheduler } from "../../src/edge/durable-objects/durable-object-task-scheduler.ts";
import { KvStorage } from "../../src/edge/kv/kv-storage.ts";
import { eventually } from "../../src/testing/cases/wait-for.ts";
import { runsOf } from "./tasks.ts";
import { ended, env, Gate, scheduler, scriptedJob, store } from "./world.ts";
import { createStore } from "../stores.ts";

const begun = (id: string) => eventually(() => runsOf(id).length > 0, "the run has not begun");

/** As the bytes of a record that says of itself what it likes. */
function forge(key: string, serializer: { type: string; [option: string]: unknown }, body: Uint8Array): Uint8Array {
  const head = { storageKey: parametersKeyOf(key), createdAt: new Date(), serializer, libraryVersion: "9" };
  return encodeRecord(head, body).bytes;
}

test("one who waits for a run that is stopped in the middle goes on waiting", async () => {
  const hasty = new DurableObjectTaskScheduler(env.HASTY_RUNNER);
  const gate = new Gate();
  const job = await scriptedJob(() => gate.pass());
  await hasty.submit(job);
  await begun(job.id);
  expect(await hasty.inspect(job.key, { wait: 1_000 })).toMatchObject({ state: "running", attempts: 1 });
  gate.open();
});

test.for(["asks after it", "defers it again"])("a job whose alarm was dropped goes on once somebody %s", async (by) => {
  const job = await scriptedJob(() => 1);
  await keepParameters(store.resultStorage, job);
  const runner = env.TASK_RUNNER.getByName(job.key);
  await runInDurableObject(runner, (_, { storage }) => {
    storage.kv.put("job", { task: job.task, key: job.key, state: "pending", attempts: 0, nextAttemptAt: Date.now() });
  });
  await evictDurableObject(runner);
  if (by === "asks after it") await scheduler.inspect(job.key);
  else await scheduler.submit(job);
  await begun(job.id);
  expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
});

test("parameters last by the Worker's clock, whatever their record says", async () => {
  const job = await scriptedJob(() => 1);
  const long = { key: parametersKeyOf(job.key), expiration: new Date(5) };
  const parameters = await createStore().createResultRecord([job.id], long).serialize();
  const grant = (await store.acquireLock(job.key))!;
  await scheduler.submit({ ...job, parameters });
  await store.sweep();
  await store.releaseLock(job.key, grant);
  expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
});

test("parameters that are missing in KV, which shows them late, are asked for again by the next try", async () => {
  const storage = new KvStorage({ namespace: env.RESULTS_KV });
  const job = await scriptedJob(() => 1);
  await expect(fetchParameters(storage, job.key)).rejects.toMatchObject({ code: "STORAGE" });
  await keepParameters(storage, job);
  expect((await fetchParameters(storage, job.key)).length).toBeGreaterThan(0);
  await expect(fetchParameters(store.resultStorage, job.key)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
});

test("a few bytes that become many are refused before they fill the memory", async () => {
  const megabyte = new Uint8Array(2 ** 20).fill(0x20);
  const blank = new Blob([...Array<Uint8Array<ArrayBuffer>>(33).fill(megabyte), "[1]"]).stream();
  const body = new Uint8Array(await new Response(blank.pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
  expect(body.length).toBeLessThan(50_000);
  const job = await scriptedJob(() => 1);
  const parameters = forge(job.key, { type: "compressed/json", format: "gzip" }, body);
  await expect(scheduler.submit({ ...job, parameters })).rejects.toMatchObject({
    code: "CORRUPT_RECORD",
    message: expect.stringContaining("more than 33554432") as string,
  });
});

test("arguments that no key can be made of are the caller's fault, and not the server's", async () => {
  const job = await scriptedJob(() => 1);
  const deep = new TextEncoder().encode("[".repeat(100_000) + "]".repeat(100_000));
  await expect(scheduler.submit({ ...job, parameters: forge(job.key, { type: "json" }, deep) })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("nested") as string,
  });
});

test("a result whose bytes are damaged is computed anew", async () => {
  const job = await scriptedJob(() => "whole");
  const { metadata } = await store.write(job.key, "damaged soon");
  const stored = (await store.resultStorage.read(job.key))!;
  const bytes = stored.bytes.slice();
  bytes[bytes.length - 1]! ^= 1;
  await store.resultStorage.write(job.key, bytes, { metadata });
  expect(await store.exists(job.key)).toBe(true);
  await scheduler.submit(job);
  expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
  expect((await store.read(job.key))?.result).toBe("whole");
});
