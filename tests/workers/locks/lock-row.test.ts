import { describe, expect, test } from "vitest";
import {
  endGrants,
  extend,
  deletableFrom,
  freeRetention,
  grant,
  grantProvisionally,
  isHeld,
  leaseOf,
  release,
  renew,
} from "../../../workers/locks/lock-row.ts";

const day = 86_400_000;

describe("tokens", () => {
  test("are the clock's milliseconds, and larger than the last one even if the clock goes back", () => {
    const first = grant(undefined, "a", 100, 5_000);
    expect(first.token).toBe(5_000);
    expect(grant(release(first, undefined, 5_000), "b", 100, 4_000).token).toBe(5_001);
  });

  test("stay the same for a holder that asks again, whose lease is never shortened by it", () => {
    const first = grant(undefined, "a", 1_000, 5_000);
    expect(extend(first, 10, 5_001)).toEqual(first);
    expect(extend(first, 1_000, 5_500)).toEqual({ ...first, expiresAt: 6_500 });
    expect(renew(first, 10, 5_001).expiresAt).toBe(5_011);
  });
});

describe("takenOver", () => {
  const lapsed = grant(undefined, "a", 10, 1_000);
  const second = grant(lapsed, "b", 10, 2_000);

  test("after a lease that ran out, until a holder releases", () => {
    expect([lapsed.takenOver, second.takenOver]).toEqual([false, true]);
    expect(grant(second, "c", 10, 3_000).takenOver).toBe(true);
    expect(grant(release(second, undefined, 2_005), "c", 10, 3_000).takenOver).toBe(false);
  });

  test("is kept by a grant that nobody confirmed, however it ends", () => {
    const unconfirmed = grantProvisionally(lapsed, "b", 2_000);
    expect(grant(unconfirmed, "c", 10, 9_000).takenOver).toBe(true);
    expect(grant(release(unconfirmed, undefined, 2_001), "c", 10, 9_000).takenOver).toBe(true);
    const harmless = grantProvisionally(release(lapsed, undefined, 1_005), "b", 2_000);
    expect(grant(harmless, "c", 10, 9_000).takenOver).toBe(false);
  });

  test("leaves open for how long nobody held the lock", () => {
    expect(second.unheldFor).toBeUndefined();
    expect(grant(release(second, undefined, 2_005), "c", 10, 3_000).unheldFor).toBe(995);
    expect(grant(undefined, "c", 10, 3_000).unheldFor).toBe(freeRetention);
  });
});

describe("a change without a lock", () => {
  test("ends a grant with a larger token, once, and the next holder fences", () => {
    const ended = endGrants({ ...grant(undefined, "a", 30_000, 5_000), committed: "old" }, 5_000)!;
    expect(ended).toMatchObject({ token: 5_001, releasedAt: 5_000, committed: undefined });
    expect(isHeld(ended, 5_000)).toBe(false);
    expect(endGrants(ended, 6_000)).toBe(ended);
    expect(grant(ended, "b", 10, 5_000)).toMatchObject({ token: 5_002, takenOver: true, committed: undefined });
    expect(deletableFrom(ended)).toBe(35_000 + day);
  });

  test("ends one whose lease ran out, and none that was released or never confirmed", () => {
    expect(endGrants(grant(undefined, "a", 10, 1_000), 9_000)?.token).toBe(9_000);
    expect(endGrants(undefined, 1_000)).toBeUndefined();
    expect(endGrants(release(grant(undefined, "a", 10, 1_000), "e", 1_005), 1_010)).toBeUndefined();
    expect(endGrants(grantProvisionally(undefined, "a", 1_000), 1_010)).toBeUndefined();
  });
});

test("a grant to one who waited lasts for two seconds until it is confirmed", () => {
  const unconfirmed = grantProvisionally(undefined, "a", 1_000);
  expect([isHeld(unconfirmed, 2_999), isHeld(unconfirmed, 3_000)]).toEqual([true, false]);
  expect(leaseOf(unconfirmed, 1_500)).toMatchObject({ expiresIn: 1_500, isConfirmed: false });
  expect(leaseOf(extend(unconfirmed, 60_000, 1_500), 1_500)).toMatchObject({ expiresIn: 60_000, isConfirmed: true });
});

test("a lock is forgotten a minute after its release, and a day after the end of a lease that was abandoned", () => {
  const held = grant(undefined, "a", 30_000, 1_000);
  expect(deletableFrom(held)).toBe(31_000 + day);
  expect(deletableFrom(release(held, undefined, 2_000))).toBe(62_000);
});
