import { expect, test } from "vitest";
import { runCommandsOf } from "./tools/commands.ts";

test("a result in a file answers the next process, until its tag is invalidated", async () => {
  const outputs = await runCommandsOf("node-files");
  expect(outputs.map(({ stdout }) => stdout)).toEqual(["42 computed\n", "42 storage\n", "", "42 computed\n"]);
  expect(outputs.map(({ stderr }) => stderr).join("")).toBe("");
});
