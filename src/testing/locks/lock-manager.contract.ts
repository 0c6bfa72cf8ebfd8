import { generateComputationHolder } from "../../core/locks/holder.ts";
import type { FreeLock, IsLockedOptions, ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { isRepriseError } from "../../errors/index.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import type { ContractCase } from "../cases/contract.ts";
import { progressPlays } from "./lock-progress.contract.ts";
import { acquire, type Play } from "./lock-scene.ts";
import { aborted, eventually, inTime } from "../cases/wait-for.ts";
import { asyncDispose } from "../../core/concurrency/async-dispose.ts";

export interface LockManagerContractOptions {
  /** Milliseconds after which a lock without `holdTimeout` ends unless renewed. Absent: it lasts until it is released. */
  bareLease?: number;
  /** A manager over new locks or over the same locks as before: every case uses fresh keys. */
  create(): Promise<ResultLockManager>;
  /** A second manager over the same locks as `first`, as in another tab. Absent: instances share no locks. */
  another?(first: ResultLockManager): Promise<ResultLockManager>;
}

/**
 * The promises of every lock manager, one case for each.
 *
 * @example
 * ```ts
 * const cases = lockManagerContract({ create: async () => new MemoryLockManager() });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function lockManagerContract(options: LockManagerContractOptions): ContractCase[] {
  const plays = { ...holding, ...waiting, ...leases, ...tokens, ...progressPlays };
  return Object.entries(plays).map(([name, play]) => ({ name, run: () => run(options, play) }));
}

async function run({ create, another, bareLease }: LockManagerContractOptions, play: Play): Promise<void> {
  const one = await create();
  const other = another ? await another(one) : one;
  try {
    await play({ key: `contract/${crypto.randomUUID()}`, bareLease, one, other });
  } finally {
    await one.close?.();
    if (other !== one) await other.close?.();
  }
}

async function expectWoken(waits: Promise<FreeLock | undefined>[]): Promise<void> {
  const woken = await inTime(Promise.all(waits), "some are not woken");
  assert(
    woken.every((free) => free !== undefined),
    "some gave up waiting",
  );
}

async function isFree(locks: ResultLockManager, key: string): Promise<boolean> {
  const grant = await locks.acquireLock(key, "probe", { acquireTimeout: 0 });
  if (grant) await locks.releaseLock(key, "probe");
  return grant !== undefined;
}

const holding: Record<string, Play> = {
  async "a free lock is granted, and the grant says to whom and for what"({ one, key }) {
    const grant = await acquire(one, key, "a");
    assertEqual([grant.key, grant.holder, grant.takenOver, grant.signal.aborted], [key, "a", false, false]);
    assert(
      Number.isSafeInteger(grant.token) && grant.token > 0,
      `the token has to be a positive integer, got ${grant.token}`,
    );
  },
  async "a lock without holdTimeout lasts until it is released, or as long as the manager says"({
    one,
    key,
    bareLease,
  }) {
    const asked = Date.now();
    const { expiresAt } = await acquire(one, key, "a");
    if (bareLease === undefined) assertEqual(expiresAt, undefined);
    else assert(Math.abs(Number(expiresAt) - asked - bareLease) < 1_000, `the lease ends at ${String(expiresAt)}`);
  },
  async "nobody else gets a lock that is held"({ one, other, key }) {
    await acquire(one, key, "a");
    assertEqual(await one.acquireLock(key, "b", { acquireTimeout: 0 }), undefined);
    assertEqual(await other.acquireLock(key, "b", { acquireTimeout: 30 }), undefined);
  },
  async "locks of different keys have nothing to do with each other"({ one, other, key }) {
    await acquire(one, key, "a");
    await acquire(other, `${key}/2`, "b", { acquireTimeout: 0 });
    assertEqual([await one.isLocked(`${key}/2`), await one.isLockHolder(key, "b")], [true, false]);
  },
  async "isLocked and isLockHolder tell the truth before, while and after, wherever they are asked"({
    one,
    other,
    key,
  }) {
    for (const locks of [one, other])
      assertEqual([await locks.isLocked(key), await locks.isLockHolder(key, "a")], [false, false]);
    await acquire(one, key, "a");
    for (const locks of [one, other]) {
      assertEqual(
        [await locks.isLocked(key), await locks.isLockHolder(key, "a"), await locks.isLockHolder(key, "b")],
        [true, true, false],
      );
    }
    await one.releaseLock(key, "a");
    for (const locks of [one, other])
      assertEqual([await locks.isLocked(key), await locks.isLockHolder(key, "a")], [false, false]);
  },
  async "isLocked leaves out the one holder that it is told to"({ one, other, key }) {
    const ask = (except: string) => Promise.all([one, other].map((locks) => locks.isLocked(key, { except })));
    assertEqual(await ask("a"), [false, false]);
    await acquire(one, key, "a");
    assertEqual(
      [await ask("a"), await ask("b")],
      [
        [false, false],
        [true, true],
      ],
    );
  },
  async "isLocked tells the locks that were taken by hand from those of computations"({ one, other, key }) {
    const ask = (options: IsLockedOptions) => Promise.all([one, other].map((locks) => locks.isLocked(key, options)));
    assertEqual(await ask({ byHand: true }), [false, false]);
    const computation = generateComputationHolder();
    await acquire(one, key, computation);
    assertEqual([await ask({}), await ask({ byHand: true })], [[true, true], [false, false]]); // prettier-ignore
    await one.releaseLock(key, computation);
    await acquire(other, key, "a");
    assertEqual(await ask({ byHand: true }), [true, true]);
    assertEqual(await ask({ byHand: true, except: "a" }), [false, false]);
    await other.releaseLock(key, "a");
    assertEqual(await ask({ byHand: true }), [false, false]);
  },
  async "a release by anyone but the holder is refused"({ one, other, key }) {
    await assertRejects(one.releaseLock(key, "a"), "LOCK_NOT_HELD");
    await acquire(one, key, "a");
    await assertRejects(one.releaseLock(key, "b"), "LOCK_NOT_HELD");
    await assertRejects(other.releaseLock(key, "b"), "LOCK_NOT_HELD");
    assertEqual(await one.isLockHolder(key, "a"), true);
  },
  async "a lock is released once"({ one, other, key }) {
    await acquire(one, key, "a");
    await one.releaseLock(key, "a");
    await assertRejects(one.releaseLock(key, "a"), "LOCK_NOT_HELD");
    assert(await isFree(other, key), "the lock is not free after its release");
  },
  async "the same holder acquires again: the same token, and one release frees it"({ one, other, key }) {
    const first = await acquire(one, key, "a", { holdTimeout: 10_000 });
    const second = await acquire(one, key, "a", { holdTimeout: 20_000, acquireTimeout: 0 });
    assertEqual([second.token, second.signal === first.signal], [first.token, true]);
    assert(Number(second.expiresAt) > Number(first.expiresAt), "the lease was not extended");
    await one.releaseLock(key, "a");
    assert(await isFree(other, key), "one release has to free the lock");
  },
  async "acquiring again never shortens a lease"({ one, key, bareLease }) {
    const first = await acquire(one, key, "a", { holdTimeout: 20_000 });
    const second = await acquire(one, key, "a", { holdTimeout: 10 });
    assert(Number(second.expiresAt) >= Number(first.expiresAt), "the lease was shortened");
    const bare = await acquire(one, `${key}/2`, "a");
    const again = await acquire(one, `${key}/2`, "a", { holdTimeout: 10 });
    if (bareLease === undefined) assertEqual([bare.expiresAt, again.expiresAt], [undefined, undefined]);
    else assert(Number(again.expiresAt) >= Number(bare.expiresAt), "the lease was shortened");
  },
  async "nor while the first request is still on its way"({ one, other, key }) {
    await acquire(one, key, "a");
    const both = Promise.all([
      one.acquireLock(key, "b", { holdTimeout: 20_000 }),
      one.acquireLock(key, "b", { holdTimeout: 40 }),
    ]);
    await one.releaseLock(key, "a");
    await inTime(both, "one of the two is not answered");
    assertEqual(await other.acquireLock(key, "c", { acquireTimeout: 200 }), undefined);
  },
  async "a holder who asks twice at once has one lock for both"({ one, key }) {
    await acquire(one, key, "a");
    const both = Promise.all([one.acquireLock(key, "b"), one.acquireLock(key, "b")]);
    await one.releaseLock(key, "a");
    const [first, second] = await inTime(both, "one of the two is not answered");
    assertEqual(first?.token, second?.token);
  },
  async "the end of an `await using` block releases, once"({ one, other, key }) {
    const grant = await acquire(one, key, "a");
    await grant[asyncDispose]();
    assert(await isFree(other, key), "the lock is not free after the block");
    await acquire(other, key, "b");
    await grant[asyncDispose]();
    assertEqual(await other.isLockHolder(key, "b"), true);
  },
  async "the etag that was committed last is told to those who wait and to the next holder, if to anyone"({
    one,
    other,
    key,
  }) {
    await acquire(one, key, "a");
    const waits = [one, other].map((locks) => locks.waitForLock(key));
    await one.releaseLock(key, "a", { committed: "etag-1" });
    const told = (await Promise.all(waits)).map((free) => free?.committed);
    const next = await acquire(one, key, "b");
    await one.releaseLock(key, "b", { committed: "etag-2" });
    for (const committed of [...told, next.committed]) {
      assert(committed === undefined || committed === "etag-1", `an etag that nobody committed: ${committed}`);
    }
    const { committed } = await acquire(one, key, "c");
    assert(committed === undefined || committed === "etag-2", `an etag that nobody committed: ${committed}`);
  },
  async "unheldFor, where it is told, is no longer than the lock was free"({ one, key }) {
    await acquire(one, key, "a");
    const released = performance.now();
    await one.releaseLock(key, "a");
    const { unheldFor = 0 } = await acquire(one, key, "b");
    const most = performance.now() - released;
    assert(unheldFor <= most + 2, `nobody held the lock for ${unheldFor} ms, but it was released ${most} ms ago`);
  },
  async "close gives up what is held and what is waited for"({ one, other, key }) {
    if (!one.close) return;
    const grant = await acquire(one, key, "a");
    const waits = Promise.allSettled([one.acquireLock(key, "b"), one.waitForLock(key)]);
    await one.close();
    const [refused] = await inTime(waits, "close leaves them waiting");
    assert(refused.status === "rejected" || !refused.value, "a lock was granted by closing");
    assertStale(await aborted(grant.signal));
    assert(await isFree(other, key), "the lock is not free after close");
  },
};

const waiting: Record<string, Play> = {
  async "who waits is served in the order of asking"({ one, key }) {
    await acquire(one, key, "a");
    const served: string[] = [];
    const turns = ["b", "c", "d", "e"].map(async (holder) => {
      await acquire(one, key, holder);
      served.push(holder);
      await one.releaseLock(key, holder);
    });
    await one.releaseLock(key, "a");
    await Promise.all(turns);
    assertEqual(served, ["b", "c", "d", "e"]);
  },
  async "a lock goes from one manager to another when it is released"({ one, other, key }) {
    await acquire(one, key, "a");
    const next = acquire(other, key, "b");
    await one.releaseLock(key, "a");
    assertEqual((await next).takenOver, false);
    assertEqual(await one.isLockHolder(key, "b"), true);
  },
  async "acquireTimeout 0 tries once"({ one, other, key }) {
    await acquire(one, key, "a", { acquireTimeout: 0 });
    assertEqual(await inTime(other.acquireLock(key, "b", { acquireTimeout: 0 }), "the try waits"), undefined);
    assertEqual(await inTime(one.acquireLock(key, "b", { acquireTimeout: 0 }), "the try waits"), undefined);
  },
  async "a single try is not put off by those who wait without a place in the queue"({ one, other, key }) {
    for (let round = 0; round < 20; round++) {
      await acquire(one, key, "a");
      const woken = [one, other, other].map((locks) => locks.waitForLock(key));
      await one.releaseLock(key, "a");
      await acquire(other, key, "b", { acquireTimeout: 0 });
      await other.releaseLock(key, "b");
      await expectWoken(woken);
    }
  },
  async "who gave up waiting after its timeout is not served later"({ one, other, key }) {
    await acquire(one, key, "a");
    assertEqual(await Promise.all([one, other].map((locks) => locks.acquireLock(key, "b", { acquireTimeout: 20 }))), [
      undefined,
      undefined,
    ]);
    await one.releaseLock(key, "a");
    assert(await isFree(one, key), "one who gave up has the lock");
  },
  async "an aborted signal ends the waiting with its reason, and its place in the queue"({ one, other, key }) {
    await acquire(one, key, "a");
    const controller = new AbortController();
    const { signal } = controller;
    const waits = [one, other].flatMap((locks) => [
      locks.acquireLock(key, "b", { signal }),
      locks.waitForLock(key, { signal }),
    ]);
    const reasons = waits.map((wait: Promise<unknown>) => wait.then(String, (reason: unknown) => reason));
    controller.abort("enough");
    assertEqual(await inTime(Promise.all(reasons), "someone still waits"), ["enough", "enough", "enough", "enough"]);
    await one.releaseLock(key, "a");
    assert(await isFree(one, key), "one who gave up has the lock");
  },
  async "a signal that has aborted before refuses a free lock too"({ one, other, key }) {
    const refused = one.acquireLock(key, "a", { signal: AbortSignal.abort("before") });
    assertEqual(await refused.then(String, (reason: unknown) => reason), "before");
    assert(await isFree(other, key), "it has the lock all the same");
  },
  async "a signal that aborts in the turn of the request refuses a free lock too"({ one, other, key }) {
    const controller = new AbortController();
    const refused = [
      one.acquireLock(key, "a", { signal: controller.signal }),
      one.waitForLock(key, { signal: controller.signal }),
    ].map((request: Promise<unknown>) => request.then(String, (reason: unknown) => reason));
    controller.abort("at once");
    assertEqual(await inTime(Promise.all(refused), "someone still waits"), ["at once", "at once"]);
    await eventually(() => isFree(other, key), "it has the lock all the same");
  },
  async "a signal that aborts in the turn of the release that hands on the lock leaves no holder that nobody knows"({
    one,
    other,
    key,
  }) {
    await acquire(one, key, "a");
    const controller = new AbortController();
    const next = one
      .acquireLock(key, "b", { signal: controller.signal })
      .then((grant) => grant?.holder)
      .catch((reason: unknown) => reason);
    const released = one.releaseLock(key, "a");
    controller.abort("at once");
    assertEqual(await inTime(next, "someone still waits"), "at once");
    await released;
    await eventually(() => isFree(other, key), "it has the lock all the same");
  },
  async "a request of the holder that is aborted leaves it its lock"({ one, other, key }) {
    await acquire(one, key, "a");
    const controller = new AbortController();
    const again = one.acquireLock(key, "a", { signal: controller.signal });
    controller.abort("at once");
    assertEqual(await again.then(String, (reason: unknown) => reason), "at once");
    assertEqual(await other.isLockHolder(key, "a"), true);
    await one.releaseLock(key, "a");
  },
  async "a grant is not taken back when the signal aborts after it"({ one, other, key }) {
    const controller = new AbortController();
    const grant = await acquire(one, key, "a", { signal: controller.signal });
    controller.abort();
    assertEqual([grant.signal.aborted, await other.isLockHolder(key, "a")], [false, true]);
  },
  async "waitForLock resolves at once where the lock is free, and to undefined after its timeout"({ one, other, key }) {
    assert(await one.waitForLock(key, { timeout: 0 }), "the lock is free");
    await acquire(one, key, "a");
    for (const locks of [one, other]) {
      assertEqual(
        [await locks.waitForLock(key, { timeout: 0 }), await locks.waitForLock(key, { timeout: 20 })],
        [undefined, undefined],
      );
    }
  },
  async "a release wakes all who wait"({ one, other, key }) {
    await acquire(one, key, "a");
    const woken = [one, one, other, other].map((locks) => locks.waitForLock(key));
    await one.releaseLock(key, "a");
    await expectWoken(woken);
  },
};

const leases: Record<string, Play> = {
  async "a lease is ended by the one that waits, after its time and not before"({ one, other, key }) {
    for (const locks of [one, other]) {
      const grant = await acquire(one, key, "a", { holdTimeout: 80 });
      const next = await acquire(locks, key, "b");
      assert(Date.now() >= Number(grant.expiresAt), "the lock was taken before the lease ran out");
      assertEqual([next.takenOver, next.token > grant.token], [true, true]);
      assertStale(await aborted(grant.signal));
      await locks.releaseLock(key, "b");
    }
  },
  async "a release at the end of a takeover marks the next grant as not taken over"({ one, key }) {
    await acquire(one, key, "a", { holdTimeout: 30 });
    assertEqual((await acquire(one, key, "b")).takenOver, true);
    await one.releaseLock(key, "b");
    assertEqual((await acquire(one, key, "c")).takenOver, false);
  },
  async "a single try takes a lock whose lease has run out"({ one, other, key }) {
    await acquire(one, key, "a", { holdTimeout: 30 });
    // if another machine keeps the locks, the holder counts its lease from before the request
    await eventually(async () => !(await other.isLocked(key)), "the lease does not run out");
    assertEqual((await acquire(other, key, "b", { acquireTimeout: 0 })).takenOver, true);
  },
  async "after the lease the lock counts as free, although nobody has taken it"({ one, other, key }) {
    const { signal } = await acquire(one, key, "a", { holdTimeout: 60 });
    await expectWoken([one.waitForLock(key), other.waitForLock(key)]);
    assertEqual(
      [await other.isLocked(key), await one.isLocked(key), await one.isLockHolder(key, "a")],
      [false, false, false],
    );
    assertEqual(signal.aborted, false);
  },
  async "a renewed lease counts from the renewal, with the same token"({ one, other, key }) {
    const grant = await acquire(one, key, "a", { holdTimeout: 60 });
    const renewed = await one.renewLock(key, "a", 200);
    assertEqual([renewed.token, renewed.holder, renewed.signal === grant.signal], [grant.token, "a", true]);
    assert(Number(renewed.expiresAt) > Number(grant.expiresAt), "the lease was not renewed");
    await acquire(other, key, "b");
    assert(Date.now() >= Number(renewed.expiresAt), "the lock was taken before the renewed lease ran out");
  },
  async "a lease renewed while others wait keeps them waiting"({ one, other, key }) {
    let expiresAt = (await acquire(one, key, "a", { holdTimeout: 150 })).expiresAt;
    const next = acquire(other, key, "b");
    const woken = other.waitForLock(key).then(() => Date.now());
    for (let renewals = 0; renewals < 3; renewals++) ({ expiresAt } = await one.renewLock(key, "a", 150));
    await next;
    assert(Date.now() >= Number(expiresAt), "the lock was taken before the lease ran out");
    await other.releaseLock(key, "b");
    assert((await woken) >= Number(expiresAt), "one who waits was woken before the lease ran out");
  },
  async "a lock that was taken over can be neither renewed nor released"({ one, other, key }) {
    const grant = await acquire(one, key, "a", { holdTimeout: 30 });
    await acquire(other, key, "b");
    await assertRejects(one.renewLock(key, "a", 1_000), "LOCK_NOT_HELD");
    assertStale(grant.signal.reason ?? (await aborted(grant.signal)));
    await assertRejects(one.releaseLock(key, "a"), "LOCK_NOT_HELD");
    await grant[asyncDispose]();
    assertEqual(await other.isLockHolder(key, "b"), true);
  },
  async "nobody renews a lock that it does not hold"({ one, other, key }) {
    await assertRejects(one.renewLock(key, "a", 1_000), "LOCK_NOT_HELD");
    await acquire(one, key, "a");
    await assertRejects(one.renewLock(key, "b", 1_000), "LOCK_NOT_HELD");
    await assertRejects(other.renewLock(key, "b", 1_000), "LOCK_NOT_HELD");
  },
  async "one that lost its lock waits its turn again"({ one, other, key }) {
    const lost = await acquire(one, key, "a", { holdTimeout: 30 });
    await acquire(other, key, "b", { holdTimeout: 60 });
    const again = await acquire(one, key, "a");
    assertEqual([again.token > lost.token, again.signal.aborted, again.takenOver], [true, false, true]);
    await lost[asyncDispose]();
    assertEqual(await other.isLockHolder(key, "a"), true);
  },
  async "of many who wait for the end of a lease one has the lock at a time"({ one, other, key }) {
    await acquire(one, key, "a", { holdTimeout: 50 });
    let working = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const locks = n % 2 ? one : other;
        await acquire(locks, key, `b${n}`);
        most = Math.max(most, ++working);
        await Promise.resolve();
        working--;
        await locks.releaseLock(key, `b${n}`);
      }),
    );
    assertEqual(most, 1);
  },
};

const tokens: Record<string, Play> = {
  async "tokens grow with every grant of a key"({ one, other, key }) {
    let last = 0;
    for (let round = 0; round < 10; round++) {
      const locks = round % 2 ? one : other;
      const { token } = await acquire(locks, key, "a");
      assert(token > last, `the token ${token} does not come after ${last}`);
      last = token;
      await locks.releaseLock(key, "a");
    }
  },
  async "tokens grow over the life of a manager"({ one, other, key }) {
    const { token } = await acquire(one, key, "a");
    await one.releaseLock(key, "a");
    await one.close?.();
    assert((await acquire(other, key, "b")).token > token, "the token of a later manager is not larger");
  },
  async "many locks at once are granted each to its own"({ one, other, key }) {
    const grants = await Promise.all(
      Array.from({ length: 100 }, (_, n) => acquire(n % 2 ? one : other, `${key}/${n}`, `h${n}`)),
    );
    assertEqual(
      grants.map((grant) => `${grant.key} ${grant.holder}`),
      grants.map((_, n) => `${key}/${n} h${n}`),
    );
    await Promise.all(grants.map((grant) => grant[asyncDispose]()));
    assert(await isFree(one, `${key}/7`), "a lock is left behind");
  },
};

function assertStale(reason: unknown): void {
  assert(
    isRepriseError(reason) && reason.code === "STALE_LOCK",
    `expected a StaleLockError as the reason, got ${String(reason)}`,
  );
}
