// `npm test`, `npm run demo` and the others: sets up what is missing, then runs the tools. Needs nothing but Node 20 and npm.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { buildProjects } from "./build-projects.mjs";
import { demoOrigin, demoServerArgs, freePort, quietEnv } from "./demo-server.mjs";
import { projectRoot, runTool } from "./processes.mjs";
import { engineNames, runEngine } from "./engines/run-engine.mjs";
import { ensureChromium, ensureDependencies } from "./setup.mjs";

/** @typedef {(args: readonly string[]) => Promise<number>} Command */

const CHECKS = /** @type {const} */ ([
  ["types of src", "typescript", ["--noEmit", "-p", "."]],
  ["types of the command line", "typescript", ["--noEmit", "-p", "src/cli"]],
  ["types of tests, demo and scripts", "typescript", ["-p", "tests"]],
  ["types of workers and their tests", "typescript", ["-p", "workers"]],
  ["lint", "oxlint", []],
  ["format", "oxfmt", ["--check"]],
  ["package", "vitest", ["run", "--project", "package"]],
]);

/** @type {Record<string, Command>} */
const COMMANDS = {
  test: (args) => (needsChromium(args) ? withChromium(() => test(args)) : vitest(args)),
  "test:pages": (args) => withChromium(() => vitest([...pageProjects.map((name) => `--project=${name}`), ...args])),
  "test:engines": (args) => inOtherEngines(args),
  "test:long": (args) => withChromium(() => longTrials(args)),
  bench: (args) =>
    args.some((arg) => arg === "--sizes" || arg === "--draw") ? bench(args) : withChromium(() => bench(args)),
  demo,
  docs,
  build,
  check,
  reprise: (args) => runTool("src/cli/main.ts", args),
  format: (args) => runTool("oxfmt", args),
};

/** The projects whose tests visit pages as a reader does: the demo, the apps of the recipes and the documentation's site. */
const pageProjects = ["demo", "demo-tabs", "recipes", "docs"];

/**
 * Without the name of a file or project: the tests of the library.
 * @type {Command}
 */
async function test(args) {
  if (args.some((arg) => !arg.startsWith("-") || arg.startsWith("--project"))) return vitest(args);
  console.log("These take minutes: npm run test:pages   the demo, the recipes and the site, visited by Playwright");
  console.log(
    "                    npm run test:engines the library in Firefox, WebKit, Deno and Bun, and over Redis\n",
  );
  // `npm run check` has those of the package
  return vitest([...[...pageProjects, "package"].map((name) => `--project=!${name}`), ...args]);
}

/** @type {Command} */
const vitest = (args) => runTool("vitest", ["run", ...args]);

/** The projects with random tests. */
const trialProjects = ["node", "workerd-core", "workerd", "chromium", "demo", "crashes", "load"];

/**
 * The tests that try random cases, with many more of them, one project after the other. A project that passes leaves its numbers
 * in docs/reliability.md. The first arguments may name some of them, the others are vitest's.
 * @type {Command}
 */
async function longTrials(args) {
  const [names, rest] = namesAndRest(args);
  process.env["TRIALS_LONG"] = "1";
  // a share of a project has no numbers to show
  if (rest.length === 0) process.env["TRIALS_JSON"] = join(projectRoot, "docs", "reliability.json");
  const codes = [];
  for (const name of names.length > 0 ? names : trialProjects) {
    console.log(`\n${name}`);
    codes.push(await vitest(["trials.test", "--project", name, ...rest]));
  }
  return Math.max(...codes, await runTool("tests/trials/reliability-document.ts", []));
}

/**
 * The arguments before the first option, and the others.
 * @param {readonly string[]} args
 * @returns {[names: readonly string[], rest: readonly string[]]}
 */
function namesAndRest(args) {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  return end < 0 ? [args, []] : [args.slice(0, end), args.slice(end)];
}

/**
 * The tests of the core and of browsers in Firefox and WebKit, those of the core in Deno and Bun, and those over Redis, as far as they are there.
 * The first arguments may name some of them, the others are vitest's.
 * @type {Command}
 */
async function inOtherEngines(args) {
  const [names, rest] = namesAndRest(args);
  const codes = [];
  for (const name of names.length > 0 ? names : engineNames) {
    console.log(`\n${name}`);
    codes.push(await runEngine(name, rest));
  }
  return Math.max(...codes);
}

/** @type {Command} */
const bench = (args) => runTool("tests/bench/run.ts", args);

/**
 * The docs site into docs/.vitepress/dist, or with `--api` the reference of the docstrings into docs/api.
 * @type {Command}
 */
async function docs(args) {
  if (args[0] === "--api") return runTool("scripts/docs/generate-api.ts", args.slice(1));
  return runTool("vitepress", ["build", "docs", ...args]);
}

/** @type {Command} */
async function build(args) {
  await rm(join(projectRoot, "dist"), { recursive: true, force: true });
  for (const project of buildProjects) {
    const code = await runTool("typescript", ["-p", project, ...args]);
    if (code !== 0) return code;
  }
  return 0;
}

/** @type {Command} */
async function demo(args) {
  const code = await runTool("vite", ["build", "demo", "--logLevel", "warn"]);
  if (code !== 0) return code;
  const port = await freePort();
  console.log(`The demo is at ${demoOrigin(port)} in a few seconds; Ctrl+C ends it.\n`);
  return runTool("wrangler", demoServerArgs(port, args), { env: quietEnv });
}

async function check() {
  const failed = [];
  for (const [name, tool, args] of CHECKS) {
    console.log(`\n${name}`);
    if ((await runTool(tool, args)) !== 0) failed.push(name);
  }
  console.log(failed.length === 0 ? "\nAll checks passed." : `\nChecks failed: ${failed.join("; ")}.`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {() => Promise<number>} command */
async function withChromium(command) {
  const path = await ensureChromium();
  if (path === undefined) return 1;
  process.env["REPRISE_CHROMIUM"] = path;
  return command();
}

/** @param {readonly string[]} args vitest's; without `--project` all projects run */
function needsChromium(args) {
  const projects = args.flatMap((arg, index) =>
    arg === "--project" ? [args[index + 1]] : arg.startsWith("--project=") ? [arg.slice("--project=".length)] : [],
  );
  return (
    !projects.length ||
    projects.some(
      (project) => !["node", "package", "workerd", "workerd-core", "workerd*", "tasks", "load"].includes(project ?? ""),
    )
  );
}

const [name = "", ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(COMMANDS).join("|")} [arguments]`);
  process.exitCode = 2;
} else {
  process.exitCode = (await ensureDependencies()) ? await command(args) : 1;
}
