import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { runCommandsOf } from "./tools/commands.ts";

test("the tests of the recipe's page pass in jsdom", async () => {
  const { stdout, stderr } = (await runCommandsOf("testing-a-page")).at(-1)!;
  expect(stripVTControlCharacters(stdout)).toMatch(/Tests\s+5 passed/);
  expect(stderr).toBe("");
});
