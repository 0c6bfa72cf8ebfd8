import { expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import type { LockService } from "../../../src/core/remote-locks/lock-service.ts";
import type { LockGrant } from "../../../src/core/locks/result-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { resultPath, lockPath } from "../../../src/http/requests/protocol.ts";
import { mustRead, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { createApi, putRecord, refusal, post } from "../api-tools.ts";
import { watching } from "../storage-doubles.ts";
import { acquire, abandon, under } from "../lock-calls.ts";

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

test.for(["PUT", "DELETE"])("a %s without a lock ends a computation, whose late write is refused", async (method) => {
  const tokens: (number | undefined)[] = [];
  const storage = new MemoryStorage();
  const { call } = await createApi({
    storage: () => ({
      type: "spy",
      capabilities: storage.capabilities,
      write: async (key, bytes, options) => (tokens.push(options.token), storage.write(key, bytes, options)),
      delete: async (key, options) => (tokens.push(options?.token), storage.delete(key)),
      read: (key) => storage.read(key),
    }),
  });
  const key = randomId();
  await put(storage, key);
  const { token } = await acquire(call, key, "tab:1/compute");
  const { bytes } = sample(key);
  const changed = method === "PUT" ? await putRecord(call, key, bytes) : await call(resultPath(key), { method });
  expect(changed.status).toBe(204);
  expect(tokens[0]).toBeGreaterThan(token);
  const late = await putRecord(call, key, bytes, under("tab:1/compute", token));
  expect(await refusal(late)).toBe("409 STALE_LOCK");
});

test("a lock service that can't end computations protects them", async () => {
  const locks = { inspect: async () => ({ isLocked: true, isHolder: false, isLastHolder: false }) };
  const { call } = await createApi({ locks: () => locks as Partial<LockService> as LockService });
  expect(await refusal(await putRecord(call, "key", sample("key").bytes))).toBe("423 LOCK_NOT_HELD");
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
