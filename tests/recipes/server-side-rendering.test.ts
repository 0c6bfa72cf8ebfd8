import { expect, test } from "vitest";
import { readRecipes } from "./tools/recipe-files.ts";
import { runCommandsOf } from "./tools/commands.ts";

test("a server renders the component, computes nothing for it, and its process ends", async () => {
  const { text } = (await readRecipes()).find(({ name }) => name === "server-side-rendering")!;
  const server = (await runCommandsOf("server-side-rendering")).at(-1)!;
  expect(server).toEqual({ command: "node server.mjs", stdout: "<p>Counting…</p>\n<p>168 primes</p>\n", stderr: "" });
  expect(text).toContain(`\`\`\`html\n${server.stdout}\`\`\``);
});
