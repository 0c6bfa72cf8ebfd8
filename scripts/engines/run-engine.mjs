// Runs the tests in one of the engines beside Node, workerd and Chromium, or those that need a Redis.
import { run, runTool } from "../processes.mjs";
import { enginePackages } from "./find-engines.mjs";
import { ensureEngine } from "../setup.mjs";

/** @typedef {import("./find-engines.mjs").EngineName | keyof typeof runtimes} Runnable */

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", "node", "tests/core"];

/** Their packages come from npm at the call: each is a hundred megabytes, which few need. Bun can't start vitest's processes. */
const runtimes = {
  deno: ["deno@2", "run", "--allow-all", ...vitest],
  bun: ["bun@1", "--bun", ...vitest, "--pool=threads"],
};

export const engineNames = [...Object.keys(enginePackages), ...Object.keys(runtimes)];

/**
 * @param {string} name
 * @param {readonly string[]} args vitest's
 * @returns {Promise<number>} the exit code; 0 where the engine is not to be had, with the reason printed
 */
export async function runEngine(name, args) {
  if (name === "firefox" || name === "webkit" || name === "redis") {
    const env = { TESTS_ENGINES: "1" };
    return (await ensureEngine(name)) ? runTool("vitest", ["run", "--project", name, ...args], { env }) : 0;
  }
  if (name !== "deno" && name !== "bun") {
    console.error(`There is no engine "${name}"; known are ${engineNames.join(", ")}`);
    return 2;
  }
  const [pack = "", ...command] = runtimes[name];
  const npx = ["npx", "--yes", pack];
  if ((await run([...npx, "--version"].join(" "), [], { stdio: "ignore", shell: true })) !== 0) {
    console.log(`Left out, for npm can't get the package ${pack}.`);
    return 0;
  }
  return run([...npx, ...command, ...args].join(" "), [], { shell: true });
}
