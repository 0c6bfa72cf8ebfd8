import { expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors/index.ts";
import { createResultStore, task } from "../../src/node/index.ts";

test("tasks without a store share one in this process's memory", async () => {
  let runs = 0;
  const count = (): number => ++runs;
  expect([await task(count)(), await task(count)()]).toEqual([1, 1]);
});

test("the options of a remote are refused instead of being left out, which a bundler's types don't tell", () => {
  const options = { name: "maps", remote: { url: "https://results.example.com" } };
  expect(() => createResultStore(options as never)).toThrow(ConfigurationError);
  expect(() => createResultStore(options as never)).toThrow("remote: remote({ url, token })");
});
