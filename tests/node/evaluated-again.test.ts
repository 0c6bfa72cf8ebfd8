import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const library = new URL("../../src/node/index.ts", import.meta.url).href;

/** Runs modules in a process of their own, by Node's own loaders, and returns the lines of `main.mjs`. */
async function run(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "reprise-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "main.mjs")]);
    return stdout.trim().split("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

const body = `
exports.square = task((x) => x * x, { name: "square" });
const multiply = (factor) => task((x) => x * factor, { name: "multiply" });
exports.double = multiply(2);
exports.tenfold = multiply(10);`;

const use = `
const say = async (fn) => console.log(await fn(3).catch(({ code }) => code));
for (const { square, double, tenfold } of modules) for (const fn of [square, double, tenfold]) await say(fn);`;

const once = ["9", "6", "CONFIGURATION"];

test("a module that Node imports again has the same tasks, and a factory that is called twice has not", async () => {
  const lines = await run({
    "tasks.mjs": `import { task } from "${library}"; export const exports = {};${body}`,
    "main.mjs": `
      const modules = [];
      for (const query of ["?1", "?2"]) modules.push((await import("./tasks.mjs" + query)).exports);${use}`,
  });
  expect(lines).toEqual([...once, ...once]);
});

test("a module that Node requires again has the same tasks, and a factory that is called twice has not", async () => {
  const lines = await run({
    "tasks.cjs": `const { task } = require("${new URL(library).pathname}");${body}`,
    "main.mjs": `
      import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      const modules = [require("./tasks.cjs")];
      await Promise.resolve();
      delete require.cache[require.resolve("./tasks.cjs")];
      modules.push(require("./tasks.cjs"));${use}`,
  });
  expect(lines).toEqual([...once, ...once]);
});
