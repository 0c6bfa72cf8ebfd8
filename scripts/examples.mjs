import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "./processes.mjs";

/** @typedef {{ name: string, source: string }} Example a block of TypeScript as a module with a function `run` */

const fence = /^( *(?:\* )?)```ts\n([\s\S]*?)^\1```$/gm;
const importLine = /^import .* from ".*";\n/gm;

/** Where names come from that a block doesn't import itself. */
export const exampleSources = /** @type {const} */ ([
  ["reprise", "src/browser/index.ts"],
  ["reprise/http", "src/http/index.ts"],
  ["reprise/testing", "src/testing/index.ts"],
  ["reprise-examples-prelude", "tests/examples/prelude.ts"],
]);

/**
 * Every TypeScript block of the README, of docs/ and of the docstrings in src/, as a module.
 * @returns {Promise<Example[]>}
 */
export async function findExamples() {
  const names = await Promise.all(
    exampleSources.map(async ([from, file]) => ({ from, known: await exportedNames(join(projectRoot, file)) })),
  );
  const files = await Array.fromAsync(glob(["README.md", "docs/*.md", "src/**/*.ts"], { cwd: projectRoot }));
  const examples = [];
  for (const file of files.sort()) {
    const text = await readFile(join(projectRoot, file), "utf8");
    for (const { index, 1: margin = "", 2: block = "" } of text.matchAll(fence)) {
      const line = text.slice(0, index).split("\n").length + 1;
      examples.push({
        name: `${file}:${line}`,
        source: toModule(block.replaceAll(`\n${margin}`, "\n").replace(margin, ""), names),
      });
    }
  }
  return examples;
}

/** @type {(block: string, names: readonly { from: string, known: readonly string[] }[]) => string} */
function toModule(block, names) {
  const own = block.match(importLine) ?? [];
  const body = block.replaceAll(importLine, "");
  const taken = new Set([...own.join("").matchAll(/[\w$]+/g)].map(String));
  const used = new Set([...body.matchAll(/[\w$]+/g)].map(String));
  const given = names.map(({ from, known }) => {
    const wanted = known.filter((name) => used.has(name) && !taken.has(name));
    for (const name of wanted) taken.add(name);
    return `import { ${wanted.join(", ")} } from "${from}";\n`;
  });
  return `${own.join("")}${given.join("")}export async function run(): Promise<void> {\n${body}}\n`;
}

/**
 * The values that a module of ours exports; read, not run, since running one can keep the process alive.
 * @param {string} file
 * @returns {Promise<string[]>}
 */
async function exportedNames(file) {
  const text = await readFile(file, "utf8");
  const declared = [...text.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(([, name = ""]) => name);
  const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = ""]) => list.split(","));
  const values = listed.map((name) => name.trim()).filter((name) => name !== "" && !name.startsWith("type "));
  const barrels = [...text.matchAll(/^export \* from "(.*)"/gm)].map(([, path = ""]) => join(dirname(file), path));
  return [...declared, ...values, ...(await Promise.all(barrels.map(exportedNames))).flat()];
}
