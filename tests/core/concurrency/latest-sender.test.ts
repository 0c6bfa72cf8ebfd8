import { expect, test } from "vitest";
import { LatestSender } from "../../../src/core/concurrency/latest-sender.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";

test("sends the first value at once, and then the latest, after the interval and after the send before", async () => {
  const sent: number[] = [];
  let answer = () => {};
  const sender = new LatestSender<number>(30, (value) => {
    sent.push(value);
    return new Promise<void>((resolve) => (answer = resolve));
  });
  const began = performance.now();
  for (const value of [1, 2, 3]) sender.push(value);
  expect(sent).toEqual([1]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(sent).toEqual([1]);
  answer();
  await eventually(() => sent.length === 2, "the last value is lost");
  expect(sent).toEqual([1, 3]);
  answer();
  sender.push(4);
  await eventually(() => sent.length === 3, "a later value is lost");
  expect(sent).toEqual([1, 3, 4]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(85);
});

test("goes on after a send that failed", async () => {
  const sent: number[] = [];
  const sender = new LatestSender<number>(1, (value) => {
    sent.push(value);
    throw new Error("lost");
  });
  sender.push(1);
  sender.push(2);
  await eventually(() => sent.length === 2, "the last value is lost");
});

test("flush sends the value that waits, once", async () => {
  const sent: number[] = [];
  const sender = new LatestSender<number>(20, (value) => sent.push(value));
  sender.push(1);
  sender.push(2);
  await sender.flush();
  await sender.flush();
  expect(sent).toEqual([1, 2]);
  sender.push(3);
  await eventually(() => sent.length === 3, "a later value is lost");
});
