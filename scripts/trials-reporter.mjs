// A vitest reporter that ends a run with what its trials tried: tests/trials/trial.ts counts it.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** @import { TestModule, Vitest } from "vitest/node" */
/** @import { TrialKind } from "../tests/trials/trial.ts" */
/** @typedef {Partial<Record<TrialKind, number>>} Counts */

/** @type {readonly TrialKind[]} */
const kinds = ["schedules", "histories", "faults", "inputs", "requests"];

/** @type {Record<string, string>} */
const engines = {
  node: ownRuntime(),
  "workerd-core": "workerd",
  tasks: "workerd",
  load: "workerd",
  demo: "chromium",
  "demo-tabs": "chromium",
  crashes: "chromium",
};

/** The runtime of vitest itself, in which the project `node` runs. */
function ownRuntime() {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

/** @param {TestModule} module */
function engineOf({ project: { name } }) {
  return (engines[name] ?? name).replace(/ .*/, "");
}

/**
 * @param {Counts} total
 * @param {Counts} counts
 */
function add(total, counts) {
  for (const kind of kinds) if (counts[kind]) total[kind] = (total[kind] ?? 0) + counts[kind];
}

export default class TrialsReporter {
  /** @type {number | undefined} */
  #seed;

  /** @param {Vitest} vitest */
  onInit(vitest) {
    this.#seed = vitest.config.provide.trials?.seed;
    // a run that somebody ends can be tried again
    if (process.env["TRIALS_LONG"]) console.log(`Random cases of seed ${this.#seed}.`);
  }

  /**
   * @param {readonly TestModule[]} modules
   * @param {unknown} _errors
   * @param {string} reason
   */
  onTestRunEnd(modules, _errors, reason) {
    const trials = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => {
        const { tried, load } = test.meta();
        const name = test.fullName.split(" > ")[0];
        return tried ? [{ name, file: module.relativeModuleId, tried, load }] : [];
      }),
    );
    /** @type {Counts} */
    const tried = {};
    for (const trial of trials) add(tried, trial.tried);
    const used = [...new Set(modules.map(engineOf))].toSorted((a, b) => a.localeCompare(b));
    const counts = kinds.map((kind) => `${(tried[kind] ?? 0).toLocaleString("en")} ${kind}`);
    console.log(`Tried: ${counts.join(", ")}, in ${used.length} engines (${used.join(", ")}); seed ${this.#seed}.`);
    const file = process.env["TRIALS_JSON"];
    const [module] = modules;
    if (!file || !module || reason === "failed") return;
    const date = new Date().toISOString().slice(0, "2026-01-01".length);
    const project = module.project.name.replace(/ .*/, "");
    const runs = JSON.parse(readFileSync(file, "utf8"));
    runs[project] = { date, seed: this.#seed, engine: engineOf(module), tried, trials };
    writeFileSync(file, `${JSON.stringify(runs, null, 2)}\n`);
  }
}
