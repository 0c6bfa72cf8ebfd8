import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "./processes.mjs";

/** @typedef {{ name: string, source: string }} Example a block of TypeScript as a module with a function `run` */

const fence = /^( *(?:\* )?)```ts\n([\s\S]*?)^\1```$/gm;
const importLine = /^import .* from ".*";\n/gm;

/** @typedef {"browser" | "workerd"} ExampleRuntime */

/**
 * Where names come from that a block doesn't import itself, for each runtime that examples are for.
 * @type {Readonly<Record<ExampleRuntime, readonly (readonly [name: string, file: string])[]>>}
 */
export const exampleSources = {
  browser: [
    ["reprise", "src/browser/index.ts"],
    ["reprise/browser", "src/browser/index.ts"],
    ["reprise/core", "src/core/index.ts"],
    ["reprise/http", "src/http/index.ts"],
    ["reprise/inspector", "src/inspector/index.ts"],
    ["reprise/opentelemetry", "src/integrations/opentelemetry/index.ts"],
    ["reprise/prefect", "src/prefect/index.ts"],
    ["reprise/testing", "src/testing/index.ts"],
    ["reprise/unstorage", "src/integrations/unstorage/index.ts"],
    ["reprise/tanstack-query", "src/integrations/tanstack-query/index.ts"],
    ["reprise/react", "src/integrations/react/index.ts"],
    ["reprise-examples-prelude", "tests/examples/prelude.ts"],
  ],
  workerd: [
    ["reprise", "workers/edge.ts"],
    ["reprise/edge", "workers/edge.ts"],
    ["reprise/hono", "src/integrations/hono/index.ts"],
    ["reprise/http", "src/http/index.ts"],
    ["reprise/opentelemetry", "src/integrations/opentelemetry/index.ts"],
    ["reprise/prefect", "src/prefect/index.ts"],
    ["reprise/worker", "workers/entry.ts"],
    ["reprise-examples-prelude", "tests/edge/examples-prelude.ts"],
  ],
};

const forWorkerd = {
  file: /^(?:workers|src\/edge)\//,
  block: /from "(?:reprise\/edge|reprise\/worker|cloudflare:workers|hono)"/,
};

/** @typedef {{ file: string, line: number, text: string, isForWorkerd: boolean }} Block */

/**
 * Every TypeScript block of the README, of docs/ and of the docstrings in src/ and workers/ that is for this runtime, as a module.
 * A block that begins with `// name.ts` can be imported by the others of its file, of any runtime, as `./name.ts`.
 * @param {ExampleRuntime} runtime
 * @returns {Promise<Example[]>}
 */
export async function findExamples(runtime) {
  const names = await Promise.all(
    exampleSources[runtime].map(async ([from, file]) => ({
      from,
      known: await exportedNames(join(projectRoot, file)),
    })),
  );
  const blocks = await findBlocks();
  const own = blocks.filter(({ isForWorkerd }) => isForWorkerd === (runtime === "workerd"));
  const used = blocks.filter((block) => own.includes(block) || own.some((other) => isImported(block, other)));
  return used.map((block) => {
    const text = block.text.replaceAll(localImport, (whole, path) => {
      const at = used.findIndex((other) => nameOf(other) === path && other.file === block.file);
      return at < 0 ? whole : ` from "virtual:examples/${runtime}/${at}";`;
    });
    return { name: `${block.file}:${block.line}`, source: toModule(text, names) };
  });
}

/** @returns {Promise<Block[]>} */
async function findBlocks() {
  const patterns = ["README.md", "docs/{,integrations/}*.md", "src/**/*.ts", "workers/**/*.ts"];
  const files = await Array.fromAsync(glob(patterns, { cwd: projectRoot }));
  const blocks = [];
  for (const file of files.map((path) => path.replaceAll("\\", "/")).sort()) {
    const text = await readFile(join(projectRoot, file), "utf8");
    for (const { index, 1: margin = "", 2: indented = "" } of text.matchAll(fence)) {
      const block = indented
        .replaceAll(`\n${margin}`, "\n")
        .replaceAll(`\n${margin.trimEnd()}\n`, "\n\n")
        .replace(margin, "");
      const isForWorkerd = forWorkerd.file.test(file) || forWorkerd.block.test(block);
      const line = text.slice(0, index).split("\n").length + 1;
      blocks.push({ file, line, text: block, isForWorkerd });
    }
  }
  return blocks;
}

const localImport = / from "\.\/(.*)";$/gm;

/** @type {(block: Block) => string | undefined} */
function nameOf({ text }) {
  return /^\/\/ (\S+\.ts)\n/.exec(text)?.[1];
}

/** @type {(block: Block, by: Block) => boolean} */
function isImported(block, by) {
  return by.file === block.file && [...by.text.matchAll(localImport)].some(([, path]) => path === nameOf(block));
}

/** @type {(block: string, names: readonly { from: string, known: readonly string[] }[]) => string} */
function toModule(block, names) {
  const own = block.match(importLine) ?? [];
  const body = block.replaceAll(importLine, "");
  const isWhole = /^export /m.test(body);
  const taken = new Set([...own.join("").matchAll(/[\w$]+/g)].map(String));
  if (isWhole)
    for (const [, name = ""] of body.matchAll(/^(?:export )?(?:const|class|function) (\w+)/gm)) taken.add(name);
  const used = new Set([...body.matchAll(/[\w$]+/g)].map(String));
  const given = names.map(({ from, known }) => {
    const wanted = known.filter((name) => used.has(bareName(name)) && !taken.has(bareName(name)));
    for (const name of wanted) taken.add(bareName(name));
    return `import { ${wanted.join(", ")} } from "${from}";\n`;
  });
  const imports = `${own.join("")}${given.join("")}`;
  // one that exports is a whole module, and is run by being loaded
  if (isWhole) return `${imports}${body}export async function run(): Promise<void> {}\n`;
  return `${imports}export async function run(): Promise<void> {\n${body}}\n`;
}

/** @param {string} name as it stands in an import */
function bareName(name) {
  return name.replace(/^type /, "");
}

/**
 * The values that a module of ours exports, and the interfaces that it declares; read, not run, since running one can keep the process alive.
 * @param {string} file
 * @returns {Promise<string[]>}
 */
async function exportedNames(file) {
  const text = await readFile(file, "utf8");
  const declared = [...text.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(([, name = ""]) => name);
  const interfaces = [...text.matchAll(/^export interface (\w+)/gm)].map(([, name = ""]) => `type ${name}`);
  const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = ""]) => list.split(","));
  const values = listed.map((name) => name.trim()).filter((name) => name !== "" && !name.startsWith("type "));
  const barrels = [...text.matchAll(/^export (type )?\* from "(.*)"/gm)].map(async ([, typesOnly, path = ""]) => {
    const names = await exportedNames(join(dirname(file), path));
    return typesOnly ? names.filter((name) => name !== bareName(name)) : names;
  });
  // a barrel may export a name of another one over it
  return [...new Set([...declared, ...interfaces, ...values, ...(await Promise.all(barrels)).flat()])];
}
