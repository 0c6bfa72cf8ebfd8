import { afterEach, expect, test, vi } from "vitest";
import { later, settleWithin } from "../../../src/core/concurrency/settle-within.ts";

afterEach(() => void vi.restoreAllMocks());

test("a time that is over sets no negative timer, of which Node warns", async () => {
  const timer = vi.spyOn(globalThis, "setTimeout");
  await new Promise<void>((resolve) => void later(-67, resolve));
  expect(await settleWithin({ timeout: -1, otherwise: "over" }, () => () => {})).toBe("over");
  expect(timer.mock.calls.map(([, delay]) => delay)).toEqual([0, 0]);
});
