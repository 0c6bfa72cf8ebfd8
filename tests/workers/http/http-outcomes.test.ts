import { beforeEach, expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import type { Fetch } from "../../../src/http/requests/http-options.ts";
import { HttpLocks } from "../../../src/http/http-locks.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { HttpTaskScheduler } from "../../../src/http/http-task-scheduler.ts";
import { put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, r2 } from "../../edge/bindings/storage-tools.ts";
import { connect } from "./http-world.ts";

beforeEach(clearBindings);

const scheduler = {
  submit: async () => ({ state: "pending", attempts: 0 }) as const,
  inspect: async () => undefined,
};

/** The Worker's own clients, and the status of each answer. `change` changes their requests. */
function createClients(change: (headers: Headers) => void = () => {}) {
  const { fetch, ...options } = connect({ storage: () => new EdgeStorage({ kv, r2 }), scheduler: () => scheduler });
  const statuses: number[] = [];
  const watched: Fetch = async (url, init) => {
    change(init.headers as Headers);
    const answer = await fetch(url, init);
    statuses.push(answer.status);
    return answer;
  };
  const all = { ...options, fetch: watched };
  return {
    statuses,
    storage: new HttpStorage(all),
    locks: new HttpLocks(all),
    scheduler: new HttpTaskScheduler(all),
  };
}

/** Every outcome that the clients take for an answer, or for an error that says what others did. */
async function ordinaryOutcomes({ storage, locks, scheduler: jobs }: ReturnType<typeof createClients>) {
  const key = randomId();
  const request = { holder: "two", holdTimeout: 30_000, wait: 0, comesBack: false };
  const { bytes, metadata } = sample(key);
  await locks.acquire(key, { ...request, holder: "one" });
  const read = [await storage.read("none"), await storage.head("none"), await jobs.inspect("none")];
  const refused = [
    await locks.acquire(key, request),
    await locks.renew(key, "two", 5),
    await locks.release(key, "two"),
    await locks.report(key, "two", { fraction: 1 }),
  ];
  const codes = [
    await codeOf(() => storage.write(key, bytes, { metadata })),
    await codeOf(() => storage.delete(key)),
    await codeOf(() => storage.write("none", sample("none").bytes, { metadata, ifMatch: "other" })),
    await codeOf(() => storage.invalidate("all", { mode: "delete", now: Date.now() })),
  ];
  await locks.release(key, "one");
  return { read, refused, codes, isDeleted: await storage.delete("none") };
}

const expected = {
  read: [undefined, undefined, undefined],
  refused: [undefined, undefined, false, false],
  codes: ["LOCK_NOT_HELD", "LOCK_NOT_HELD", "PRECONDITION_FAILED", "CONFIGURATION"],
  isDeleted: false,
};

test("misses, busy locks and conditions give a client no status above 204", async () => {
  const clients = createClients();
  expect(await ordinaryOutcomes(clients)).toEqual(expected);
  expect(new Set(clients.statuses)).toEqual(new Set([200, 204]));
});

test("a Worker of an earlier version, which answers with 404 and 423, means the same to a client", async () => {
  const clients = createClients((headers) => headers.delete("accept"));
  expect(await ordinaryOutcomes(clients)).toEqual(expected);
  expect(new Set(clients.statuses)).toEqual(new Set([200, 204, 404, 409, 412, 423, 501]));
});

test("a record is still read where the client accepts outcomes", async () => {
  const { storage, statuses } = createClients();
  const { bytes } = await put(storage, "maps/oslo");
  expect((await storage.read("maps/oslo"))?.bytes).toEqual(bytes);
  expect((await storage.head("maps/oslo"))?.metadata.storageKey).toBe("maps/oslo");
  expect(await storage.delete("maps/oslo")).toBe(true);
  expect(new Set(statuses)).toEqual(new Set([200, 204]));
});

test("a denied request stays a 401", async () => {
  const { storage, statuses } = createClients((headers) => headers.delete("authorization"));
  expect(await codeOf(() => storage.read("none"))).toBe("ACCESS_DENIED");
  expect(new Set(statuses)).toEqual(new Set([401]));
});
