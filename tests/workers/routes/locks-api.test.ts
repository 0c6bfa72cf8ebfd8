import { expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import type { LockLease, LockState } from "../../../src/core/remote-locks/lock-service.ts";
import type { LockGrant } from "../../../src/core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { headers, lockPath, resultPath, type Problem } from "../../../src/http/protocol.ts";
import { mustRead, put, sample } from "../../../src/testing/storage-scene.ts";
import { eventually } from "../../../src/testing/wait-for.ts";
import { createApi, post, putRecord, refusal, type Call } from "../api-tools.ts";

async function acquire(call: Call, key: string, holder: string, holdTimeout = 30_000): Promise<LockLease> {
  const answer = await post(call, lockPath(key, "acquire"), { holder, holdTimeout });
  expect(answer.status).toBe(200);
  return answer.json<LockLease>();
}

/** Holds the lock of `key` for `holder` and lets the lease run out. */
async function abandon(call: Call, key: string, holder: string): Promise<LockLease> {
  const lease = await acquire(call, key, holder, 1);
  await eventually(async () => !(await inspect(call, key)).isLocked, "the lease has not run out");
  return lease;
}

async function inspect(call: Call, key: string, holder?: string): Promise<LockState> {
  const query = holder === undefined ? "" : `?holder=${encodeURIComponent(holder)}`;
  return (await call(lockPath(key) + query)).json<LockState>();
}

const under = (holder: string, token: number) => ({
  [headers.lockHolder]: encodeURIComponent(holder),
  [headers.lockToken]: String(token),
});

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

test("a stranger neither renews nor releases", async () => {
  const { call } = await createApi();
  const key = randomId();
  await acquire(call, key, "one");
  const renewal = await post(call, lockPath(key, "renew"), { holder: "two", holdTimeout: 1_000 });
  expect(await refusal(renewal)).toBe("409 LOCK_NOT_HELD");
  expect(await refusal(await post(call, lockPath(key, "release"), { holder: "two" }))).toBe("409 LOCK_NOT_HELD");
  expect(await inspect(call, key, "one")).toMatchObject({ isHolder: true });
});

test("while one holds the lock, others neither write nor delete", async () => {
  const { call, storage } = await createApi();
  const key = randomId();
  const before = await put(storage, key);
  await acquire(call, key, "one");
  const written = await putRecord(call, key, sample(key).bytes);
  expect(written.headers.get("retry-after")).toBe("1");
  expect(await refusal(written)).toBe("423 LOCK_NOT_HELD");
  expect(await refusal(await call(resultPath(key), { method: "DELETE" }))).toBe("423 LOCK_NOT_HELD");
  expect(await mustRead(storage, key)).toEqual(before);
});

test("the holder writes and deletes, and its token goes with the record", async () => {
  const { storage } = await createApi();
  const grants: (LockGrant | undefined)[] = [];
  const watched = watching(storage, { write: (grant) => void grants.push(grant) });
  const { call } = await createApi({ storage: () => watched });
  const key = randomId();
  const holder = "häuser/1 %";
  const { token } = await acquire(call, key, holder);
  expect((await putRecord(call, key, sample(key).bytes, under(holder, token))).status).toBe(204);
  expect(grants).toMatchObject([{ key, holder, token }]);
  const deleted = await call(resultPath(key), { method: "DELETE", headers: under(holder, token) });
  expect(deleted.status).toBe(204);
});

test("a holder whose lease ran out still writes while nobody has taken the lock", async () => {
  const { call } = await createApi();
  const key = randomId();
  const { token } = await abandon(call, key, "one");
  expect((await putRecord(call, key, sample(key).bytes, under("one", token))).status).toBe(204);
});

test.for(["holds", "has written", "has released"])("a late holder is refused when the next one %s", async (does) => {
  const { call, storage } = await createApi();
  const key = randomId();
  const late = await abandon(call, key, "one");
  const next = await acquire(call, key, "two");
  if (does !== "holds") await putRecord(call, key, sample(key).bytes, under("two", next.token));
  if (does === "has released") await post(call, lockPath(key, "release"), { holder: "two" });
  const before = await storage.read(key);
  const written = await putRecord(call, key, sample(key).bytes, under("one", late.token));
  expect(await refusal(written)).toBe("409 STALE_LOCK");
  const deleted = await call(resultPath(key), { method: "DELETE", headers: under("one", late.token) });
  expect(await refusal(deleted)).toBe("409 STALE_LOCK");
  expect(await storage.read(key)).toEqual(before);
});

test("a token that was made up opens nothing, however large", async () => {
  const { call, storage } = await createApi();
  const key = randomId();
  const { token } = await acquire(call, key, "one");
  for (const [holder, claimed] of [
    ["one", token + 1],
    ["one", 9_007_199_254_740_991],
    ["two", token],
  ] as const) {
    const answer = await putRecord(call, key, sample(key).bytes, under(holder, claimed));
    expect(await refusal(answer)).toBe("409 STALE_LOCK");
  }
  const unlocked = randomId();
  const answer = await putRecord(call, unlocked, sample(unlocked).bytes, under("one", token));
  expect(await refusal(answer)).toBe("409 STALE_LOCK");
  expect([await storage.read(key), await storage.read(unlocked)]).toEqual([undefined, undefined]);
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

interface Watch {
  write?: (grant: LockGrant | undefined) => void;
  fence?: (grant: LockGrant) => void;
}

function watching(storage: ResultStorage, { write, fence }: Watch): ResultStorage {
  return {
    type: storage.type,
    capabilities: storage.capabilities,
    read: (...args) => storage.read(...args),
    delete: (...args) => storage.delete(...args),
    write: async (key, bytes, options) => {
      write?.(options.grant);
      return storage.write(key, bytes, options);
    },
    fence: async (_key, grant) => fence?.(grant),
  };
}
