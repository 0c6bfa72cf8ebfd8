import { afterEach, expect, test, vi } from "vitest";
import { LeaseTable } from "../../../src/browser/locks/lease-table.ts";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { lost, refuseLeases } from "../database/lost-connections.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("names that contain slashes are worlds of their own", async () => {
  const name = freshName();
  const [app, users] = [new WebLockManager({ name }), new WebLockManager({ name: `${name}/users` })];
  const grant = await app.acquireLock("users/1", "a", { holdTimeout: 60_000 });
  const other = await users.acquireLock("1", "b", { acquireTimeout: 0, holdTimeout: 60_000 });
  expect(other?.takenOver).toBe(false);
  expect(grant?.signal.aborted).toBe(false);
});

test("without BroadcastChannel leases are granted, and taken over when they have run out", async () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  const locks = new WebLockManager({ name: freshName() });
  expect(await locks.acquireLock("k", "a", { holdTimeout: 300 })).toMatchObject({ holder: "a" });
  expect(await locks.acquireLock("k", "b")).toMatchObject({ holder: "b", takenOver: true });
});

test("closing ends what only waits for the database just then", async () => {
  const name = freshName();
  const [locks, other] = [new WebLockManager({ name }), new WebLockManager({ name })];
  await locks.acquireLock("mine", "a");
  await other.acquireLock("theirs", "b");
  const waiting = [locks.acquireLock("mine", "a"), locks.waitForLock("theirs")];
  const outcomes = Promise.allSettled(waiting);
  await locks.close();
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "LOCK_NOT_HELD" } });
  expect(await other.isLocked("mine")).toBe(false);
});

test("a renewal that is under way while the lock is released leaves the grant's signal alone", async () => {
  const locks = new WebLockManager({ name: freshName() });
  const grant = await locks.acquireLock("k", "a", { holdTimeout: 30_000 });
  const renewing = locks.renewLock("k", "a", 30_000);
  await locks.releaseLock("k", "a");
  await expect(renewing).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
  expect(grant?.signal.aborted).toBe(false);
});

test("tokens grow though the clock is set back after the row of a lock is gone", async () => {
  const name = freshName();
  let time = Date.now();
  const locks = new WebLockManager({ name, now: () => time });
  const before = await locks.acquireLock("k", "a");
  await locks.releaseLock("k", "a");
  await expect.poll(() => LeaseTable.open(name).read(["k"])).toEqual([undefined]);
  time -= 60_000;
  const after = await locks.acquireLock("k", "b");
  expect(after!.token).toBeGreaterThan(before!.token);
});

test("a database that fails for a moment at a takeover doesn't end the waiting", async () => {
  const name = freshName();
  const [one, two] = [new WebLockManager({ name }), new WebLockManager({ name })];
  await one.acquireLock("k", "a", { holdTimeout: 300 });
  const query = vi.spyOn(navigator.locks, "query");
  const waiting = two.acquireLock("k", "b", { holdTimeout: 60_000 });
  await vi.waitFor(() => expect(query).toHaveBeenCalled());
  vi.spyOn(LeaseTable.prototype, "change").mockRejectedValueOnce(new Error("for a moment"));
  expect(await waiting).toMatchObject({ holder: "b" });
});

test("a lock without a lease on file is free: nobody was granted it yet", async () => {
  const name = freshName();
  const [locks, other] = [new WebLockManager({ name }), new WebLockManager({ name })];
  let free = () => {};
  const held = new Promise<void>((resolve) => (free = resolve));
  await new Promise<void>((granted) => {
    void navigator.locks.request(`reprise/${name}/k`, () => (granted(), held));
  });
  expect([await locks.isLocked("k"), await locks.isLocked("k", { byHand: true })]).toEqual([false, false]);
  free();
  await locks.acquireLock("k", "a");
  expect(await other.isLocked("k", { byHand: true })).toBe(true);
});

test("a lock whose lease finds no room is lost, the next attempt says why, and later ones succeed", async () => {
  const locks = new WebLockManager({ name: freshName() });
  await locks.isLocked("warm");
  refuseLeases(2);
  const grant = await locks.acquireLock("k", "a");
  await expect.poll(() => grant?.signal.aborted).toBe(true);
  expect(await locks.isLocked("k")).toBe(false);
  await expect(locks.acquireLock("k", "b")).rejects.toMatchObject({ code: "STORAGE_QUOTA" });
  expect(await locks.acquireLock("k", "c")).toMatchObject({ holder: "c" });
  expect(await locks.acquireLock("k", "d", { acquireTimeout: 0 })).toBeUndefined();
});

test("a lease whose transaction is lost with the connection is stored again, and its holder keeps the lock", async () => {
  const name = freshName();
  const locks = new WebLockManager({ name });
  await locks.isLocked("warm");
  refuseLeases(1, lost);
  const grant = await locks.acquireLock("k", "a");
  await expect.poll(() => LeaseTable.open(name).read(["k"])).toMatchObject([{ token: grant!.token }]);
  expect(grant!.signal.aborted).toBe(false);
  expect(await new WebLockManager({ name }).isLocked("k", { byHand: true })).toBe(true);
});

test("the row of a released lock stays for half a second, so a lock without a row was free all that time", async () => {
  const name = freshName();
  const locks = new WebLockManager({ name });
  expect(await locks.acquireLock("k", "a")).toMatchObject({ unheldFor: 500 });
  await locks.releaseLock("k", "a");
  const released = performance.now();
  expect((await locks.acquireLock("k", "b"))!.unheldFor).toBeUndefined();
  await locks.releaseLock("k", "b");
  await expect.poll(() => LeaseTable.open(name).read(["k"])).toEqual([undefined]);
  expect(performance.now() - released).toBeGreaterThanOrEqual(500);
});

test("the row of a lock stays if its manager is closed right after the release", async () => {
  const name = freshName();
  const [locks, other] = [new WebLockManager({ name }), new WebLockManager({ name })];
  await locks.acquireLock("k", "a");
  await locks.releaseLock("k", "a");
  await locks.close();
  const grant = await other.acquireLock("k", "b");
  expect(grant).toMatchObject({ holder: "b", takenOver: false });
  expect(grant!.unheldFor).toBeUndefined();
});
