// A vitest reporter that ends a run with what its trials tried: tests/trials/trial.ts counts it.
import { writeFileSync } from "node:fs";
import process from "node:process";

/** @import { TestModule, Vitest } from "vitest/node" */
/** @import { TrialKind } from "../tests/trials/trial.ts" */
/** @typedef {Partial<Record<TrialKind, number>>} Counts */

/** @type {readonly TrialKind[]} */
const kinds = ["schedules", "histories", "faults", "inputs", "requests"];

/** @type {Record<string, string>} */
const engines = { "workerd-core": "workerd", tasks: "workerd", demo: "chromium", "demo-tabs": "chromium" };

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
  }

  /** @param {readonly TestModule[]} modules */
  onTestRunEnd(modules) {
    /** @type {Counts} */
    const tried = {};
    /** @type {Record<string, Counts>} */
    const trials = {};
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const counts = test.meta().tried;
        if (!counts) continue;
        add(tried, counts);
        add((trials[`${module.relativeModuleId}: ${test.name} (${engineOf(module)})`] ??= {}), counts);
      }
    }
    const used = [...new Set(modules.map(engineOf))].toSorted((a, b) => a.localeCompare(b));
    const counts = kinds.map((kind) => `${(tried[kind] ?? 0).toLocaleString("en")} ${kind}`);
    console.log(`Tried: ${counts.join(", ")}, in ${used.length} engines (${used.join(", ")}); seed ${this.#seed}.`);
    const file = process.env["REPRISE_TRIALS_JSON"];
    if (file) writeFileSync(file, `${JSON.stringify({ seed: this.#seed, engines: used, tried, trials }, null, 2)}\n`);
  }
}
