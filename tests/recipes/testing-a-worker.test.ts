import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { runCommandsOf } from "./tools/commands.ts";

test("the tests of the recipe's Worker pass in workerd", async () => {
  const { stdout } = (await runCommandsOf("testing-a-worker")).at(-1)!;
  expect(stripVTControlCharacters(stdout)).toMatch(/Tests\s+3 passed/);
});
