import { expect, test } from "vitest";
import { runCommandsOf } from "./tools/commands.ts";

test("a result in a file answers the next process, and the storage keeps the contract", async () => {
  const outputs = await runCommandsOf("node-files");
  expect(outputs.map(({ stdout }) => stdout)).toEqual([
    "42 computed\n",
    "42 storage\n",
    "FileStorage keeps the contract\n",
  ]);
});
