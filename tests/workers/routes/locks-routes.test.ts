import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import type { LockLease, LockState } from "../../../src/core/remote-locks/lock-service.ts";
import { generateComputationHolder } from "../../../src/core/locks/holder.ts";
import type { LockGrant } from "../../../src/core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { invalidationsPath, lockPath, type Problem } from "../../../src/http/requests/protocol.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createApi, createCall, putRecord, refusal, post, tokenFor } from "../api-tools.ts";
import { forwarding, watching } from "../storage-doubles.ts";
import { acquire, abandon, inspect, under } from "../lock-calls.ts";

test("a lock is had by one, kept, told of, and handed on", async () => {
  const { call } = await createApi();
  const key = randomId();
  const lease = await acquire(call, key, "one");
  expect(lease).toMatchObject({ isConfirmed: true, takenOver: false });
  const renewed = await post(call, lockPath(key, "renew"), { holder: "one", holdTimeout: 60_000.5 });
  expect((await renewed.json<LockLease>()).token).toBe(lease.token);
  expect(await inspect(call, key, "one")).toMatchObject({ isLocked: true, isHolder: true, token: lease.token });
  expect(await inspect(call, key, "two")).toMatchObject({ isLocked: true, isHolder: false });

  const busy = await post(call, lockPath(key, "acquire"), { holder: "two" });
  expect(busy.headers.get("retry-after")).toBe("1");
  expect(await refusal(busy)).toBe("423 LOCK_TIMEOUT");

  const waiting = call(`${lockPath(key, "wait")}?timeout=10000`);
  expect((await post(call, lockPath(key, "release"), { holder: "one", committed: "e1" })).status).toBe(204);
  expect(await (await waiting).json()).toMatchObject({ isLocked: false, committed: "e1" });
  expect(await acquire(call, key, "two")).toMatchObject({ takenOver: false, committed: "e1" });
});

test("one who waits gets the lock within the same request", async () => {
  const { call } = await createApi();
  const key = randomId();
  await acquire(call, key, "one");
  const waiting = post(call, lockPath(key, "acquire"), { holder: "two", wait: 10_000, comesBack: true });
  await post(call, lockPath(key, "release"), { holder: "one" });
  expect((await waiting).status).toBe(200);
});

test("who the holder is, is told to nobody", async () => {
  const { call } = await createApi();
  const key = randomId();
  await acquire(call, key, "a-secret-name");
  const answers = [
    await call(lockPath(key)),
    await call(`${lockPath(key)}?holder=other`),
    await call(`${lockPath(key, "wait")}?timeout=0`),
    await post(call, lockPath(key, "acquire"), { holder: "other" }),
    await putRecord(call, key, sample(key).bytes),
  ];
  for (const answer of answers) expect(await answer.text()).not.toContain("a-secret-name");
});

test("who waits and asks for it is told how far the holder is, at once where that is news", async () => {
  const { call } = await createApi();
  const key = randomId();
  await acquire(call, key, "one");
  const deaf = call(`${lockPath(key, "wait")}?timeout=10000`);
  const waiting = call(`${lockPath(key, "wait")}?timeout=10000&seen=0`);
  const report = (holder: string, fraction: number) =>
    post(call, lockPath(key, "progress"), { holder, fraction, note: "half" });
  expect(await refusal(await report("two", 0.9))).toBe("409 LOCK_NOT_HELD");
  expect((await report("one", 0.5)).status).toBe(204);
  const { isLocked, progress } = await (await waiting).json<LockState>();
  expect([isLocked, progress]).toMatchObject([true, { fraction: 0.5, note: "half" }]);
  const again = await call(`${lockPath(key, "wait")}?timeout=10000&seen=${progress!.number - 1}`);
  expect((await again.json<LockState>()).progress).toEqual(progress);
  const next = call(`${lockPath(key, "wait")}?timeout=10000&seen=${progress!.number}`);
  await report("one", 0.75);
  expect((await (await next).json<LockState>()).progress).toMatchObject({ fraction: 0.75 });
  await post(call, lockPath(key, "release"), { holder: "one" });
  expect(await (await deaf).json()).not.toHaveProperty("progress");
  await acquire(call, key, "two");
  const fresh = await call(`${lockPath(key, "wait")}?timeout=0&seen=0`);
  expect(await fresh.json()).not.toHaveProperty("progress");
});

test("a token that may only read is told of progress, and reports none", async () => {
  const { call } = await createApi();
  const key = randomId();
  await acquire(call, key, "one");
  await post(call, lockPath(key, "progress"), { holder: "one", fraction: 0.5 });
  const authorization = `Bearer ${await tokenFor({ operations: ["read"] })}`;
  const told = await call(`${lockPath(key, "wait")}?seen=0`, { authorization });
  expect((await told.json<LockState>()).progress).toMatchObject({ fraction: 0.5 });
  const json = { holder: "one", fraction: 1 };
  const headers = { "content-type": "application/json" };
  const report = await call(lockPath(key, "progress"), {
    method: "POST",
    body: JSON.stringify(json),
    headers,
    authorization,
  });
  expect(await refusal(report)).toBe("403 ACCESS_DENIED");
});

test("a stranger neither renews nor releases", async () => {
  const { call } = await createApi();
  const key = randomId();
  await acquire(call, key, "one");
  const renewal = await post(call, lockPath(key, "renew"), { holder: "two", holdTimeout: 1_000 });
  expect(await refusal(renewal)).toBe("409 LOCK_NOT_HELD");
  expect(await refusal(await post(call, lockPath(key, "release"), { holder: "two" }))).toBe("409 LOCK_NOT_HELD");
  expect(await inspect(call, key, "one")).toMatchObject({ isHolder: true });
});

test("a lock that was taken over is fenced before its holder hears of it, others aren't", async () => {
  const { storage } = await createApi();
  const fences: LockGrant[] = [];
  const watched = watching(storage, { fence: (grant) => void fences.push(grant) });
  const { call } = await createApi({ storage: () => watched });
  const key = randomId();
  await abandon(call, key, "one");
  expect(fences).toEqual([]);
  const { token, takenOver } = await acquire(call, key, "two");
  expect(takenOver).toBe(true);
  expect(fences).toMatchObject([{ key, holder: "two", token, takenOver: true }]);
});

test("where the fence fails the lease ends at once, and the next one is fenced instead", async () => {
  const { storage } = await createApi();
  let isBroken = true;
  const fences: LockGrant[] = [];
  const fence = (grant: LockGrant) => {
    if (isBroken) throw new StorageError("R2 failed", { key: grant.key });
    fences.push(grant);
  };
  const watched = watching(storage, { fence });
  const { call } = await createApi({ storage: () => watched });
  const key = randomId();
  await abandon(call, key, "one");
  const answer = await post(call, lockPath(key, "acquire"), { holder: "two", holdTimeout: 60_000 });
  expect(await refusal(answer)).toBe("502 STORAGE");
  await eventually(async () => !(await inspect(call, key)).isLocked, "the lease has not ended");
  isBroken = false;
  await acquire(call, key, "three");
  expect(fences).toMatchObject([{ holder: "three" }]);
});

test("a change between a takeover and its fence takes that grant, and its caller gets another one", async () => {
  const r2 = new R2Storage({ bucket: env.RESULTS_R2 });
  const key = randomId();
  let isFirst = true;
  const racing: ResultStorage = {
    ...forwarding(r2),
    invalidate: (...args) => r2.invalidate(...args),
    fence: async (_, grant) => {
      if (isFirst) {
        isFirst = false;
        expect((await post(call, invalidationsPath, { target: { keys: [key] } })).status).toBe(204);
      }
      await r2.fence(key, grant);
    },
  };
  const call = await createCall({ storage: () => racing });
  const abandoned = await abandon(call, key, generateComputationHolder());
  const holder = generateComputationHolder();
  const lease = await acquire(call, key, holder);
  expect(lease.token).toBeGreaterThan(abandoned.token);
  expect(await inspect(call, key, holder)).toMatchObject({ isHolder: true, token: lease.token });
  expect((await putRecord(call, key, sample(key).bytes, under(holder, lease.token))).status).toBe(204);
});

test.for([
  ["acquire", "holder", {}],
  ["acquire", "holder", { holder: "" }],
  ["acquire", "holder", { holder: 1 }],
  ["acquire", "holder", { holder: "a".repeat(1_025) }],
  ["acquire", "holder", { holder: "\ud800" }],
  ["acquire", "holdTimeout", { holder: "a", holdTimeout: -1 }],
  ["acquire", "holdTimeout", { holder: "a", holdTimeout: "30s" }],
  ["acquire", "holdTimeout", { holder: "a", holdTimeout: null }],
  ["acquire", "holdTimeout", { holder: "a", holdTimeout: 86_400_001 }],
  ["acquire", "wait", { holder: "a", wait: 10_001 }],
  ["acquire", "wait", { holder: "a", wait: "1" }],
  ["acquire", "comesBack", { holder: "a", comesBack: "yes" }],
  ["renew", "holder", { holdTimeout: 1 }],
  ["renew", "holdTimeout", { holder: "a" }],
  ["release", "holder", {}],
  ["release", "committed", { holder: "a", committed: 1 }],
  ["progress", "holder", { fraction: 0.5 }],
  ["progress", "fraction", { holder: "a" }],
  ["progress", "fraction", { holder: "a", fraction: 1.1 }],
  ["progress", "fraction", { holder: "a", fraction: "1" }],
  ["progress", "note", { holder: "a", fraction: 1, note: 1 }],
  ["progress", "note", { holder: "a", fraction: 1, note: "a".repeat(257) }],
  ["acquire", "JSON object", []],
  ["acquire", "JSON object", null],
] as const)("%s is told what is wrong with %s in %j", async ([action, field, json]) => {
  const { call } = await createApi();
  const key = randomId();
  const answer = await post(call, lockPath(key, action), json);
  const { status, code, detail } = await answer.json<Problem>();
  expect([status, code]).toEqual([400, "INVALID_ARGUMENT"]);
  expect(detail).toContain(field);
  expect(await inspect(call, key)).toMatchObject({ isLocked: false });
});

test.for(["-1", "10001", "soon", "", "Infinity"])("a wait of %j is refused", async (timeout) => {
  const { call } = await createApi();
  const answer = await call(`${lockPath(randomId(), "wait")}?timeout=${timeout}`);
  expect(await answer.clone().text()).toContain("timeout");
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
});

test.for(["-1", "0.5", "soon", "", "Infinity"])("a wait for progress after %j is refused", async (seen) => {
  const { call } = await createApi();
  const answer = await call(`${lockPath(randomId(), "wait")}?seen=${seen}`);
  expect(await answer.clone().text()).toContain("seen");
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
});

test("a body that isn't JSON, says so or is long is refused", async () => {
  const { call } = await createApi();
  const path = lockPath(randomId(), "acquire");
  const send = async (body: string, type: string) =>
    refusal(await call(path, { method: "POST", body, headers: { "content-type": type } }));
  expect(await send("{", "application/json")).toBe("400 INVALID_ARGUMENT");
  expect(await send('{"holder":"a"}', "text/plain")).toBe("415 UNSUPPORTED_MEDIA_TYPE");
  expect(await send(JSON.stringify({ holder: "a".repeat(10_000) }), "application/json")).toBe("413 TOO_LARGE");
  expect((await send('{"holder":""}', "application/json; charset=utf-8")).slice(0, 3)).toBe("400");
});
