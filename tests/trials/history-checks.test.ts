import { expect, test } from "vitest";
import type { Call, Promises } from "./history-calls.ts";
import { checkHistory } from "./history-checks.ts";

const call = (name: string, times: [number, number, number?], rest: Partial<Call> = {}): Call => {
  const [invoked, returned, middle] = times;
  return { name, store: 0, key: "a/0", invoked, returned, ...(middle && { middle }), ...rest };
};
const one = call("write", [1, 2], { wrote: 1 });
const deletion = call("invalidate", [3, 4], { wrote: 0, isUnlocked: true });

const broken: Record<string, [calls: Call[], promises: Promises, fault: RegExp]> = {
  "a value that nobody wrote": [
    [call("read", [1, 2], { seen: 7 })],
    "committed",
    /read at 1 saw 7, which nobody wrote/,
  ],
  "a value that was rolled back": [
    [call("readCommitted", [1, 3, 2], { wrote: 1, outcome: "rolled back" }), call("read", [4, 5], { seen: 1 })],
    "committed",
    /read at 4 saw 1, which was refused: rolled back/,
  ],
  "the value of a late holder": [
    [call("lateHolder", [1, 3, 2], { seen: 0, wrote: 1, outcome: "STALE_LOCK" }), call("read", [4, 5], { seen: 1 })],
    "committed",
    /which was refused: STALE_LOCK/,
  ],
  "a value that was invalidated before the call": [
    [one, deletion, call("getOrCompute", [5, 6], { seen: 1 })],
    "fresh",
    /getOrCompute at 5 saw 1, though invalidate at 3 came after it/,
  ],
  "a value that was replaced before the read": [
    [one, call("write", [3, 4], { wrote: 2 }), call("look", [5, 6], { seen: 1 })],
    "own",
    /look at 5 saw 1, though write at 3 came after it/,
  ],
  "a value that appears again": [
    [one, deletion, call("read", [5, 6], { seen: 0 }), call("read", [7, 8], { seen: 1 })],
    "linearizable",
    /no order explains a\/0/,
  ],
  "a lost update": [
    [
      one,
      call("withLock", [3, 8, 5], { seen: 1, wrote: 2 }),
      call("withLock", [4, 9, 6], { seen: 1, wrote: 3, store: 1 }),
    ],
    "committed",
    /no order explains a\/0/,
  ],
  "a commit under the lock of another": [
    [
      one,
      call("withLock", [3, 9, 4], { seen: 1, wrote: 2 }),
      call("readCommitted", [5, 7, 6], { wrote: 3, store: 1 }),
      call("read", [8, 8.5], { seen: 3 }),
      call("withLock", [10, 12, 11], { seen: 2, wrote: 4 }),
    ],
    "linearizable",
    /no order explains a\/0/,
  ],
  "a lost write": [[one, call("withLock", [3, 5, 4], { seen: 0, wrote: 2 })], "committed", /no order explains a\/0/],
  "a read that doesn't wait for a lock": [
    [one, call("withLock", [3, 8, 4], { seen: 1, wrote: 2 }), call("read", [5, 6], { seen: 1 })],
    "fresh",
    /read at 5 saw 1, and did not wait for withLock at 3/,
  ],
};

test.each(Object.entries(broken))("the checks notice %s", (_, [calls, promises, fault]) => {
  expect(checkHistory(calls, ["a/0"], promises)).toContainEqual(expect.stringMatching(fault));
});

test("the checks accept what is promised", () => {
  const joined = [
    one,
    call("getOrCompute", [3, 8], { seen: 1 }),
    call("clear", [4, 5], { wrote: 0, coversAll: true, isUnlocked: true, store: 1 }),
    call("answer", [6, 7], { seen: 1 }),
  ];
  expect(checkHistory(joined, ["a/0"], "linearizable")).toEqual([]);
  const late = [one, call("lateHolder", [3, 8, 4], { seen: 1, wrote: 3 }), call("readCommitted", [5, 6], { wrote: 2 })];
  expect(checkHistory(late, ["a/0"], "linearizable")).toEqual([]);
  expect(checkHistory([one, deletion, call("look", [5, 6], { seen: 1, store: 1 })], ["a/0"], "own")).toEqual([]);
});
