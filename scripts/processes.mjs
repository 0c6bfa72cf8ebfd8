// Starting other programs; needs nothing installed, so that the set-up can use it.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(projectRoot, "node_modules");
const FORWARDED_SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * npm hands a signal to its shell, which ends without telling what it started: a server would stay behind.
 * @param {() => void} end
 */
function whenParentEnds(end) {
  const parent = process.ppid;
  if (process.env["npm_lifecycle_event"] === undefined) return undefined;
  return setInterval(() => process.ppid !== parent && end(), 500);
}

/**
 * Runs a program in the project's folder and hands on the signals that end this process.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ stdio?: "inherit" | "ignore", shell?: boolean, env?: NodeJS.ProcessEnv }} [options] `env` adds to this process's
 * @returns {Promise<number>} its exit code, as a shell gives it; 127 where there is no such program
 */
export function run(command, args, { stdio = "inherit", shell = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: projectRoot, stdio, shell, env: { ...process.env, ...env } });
    const forwards = FORWARDED_SIGNALS.map((signal) => ({ signal, forward: () => void child.kill(signal) }));
    for (const { signal, forward } of forwards) process.on(signal, forward);
    const parentWatch = whenParentEnds(() => child.kill());
    /** @param {number} code */
    const settle = (code) => {
      for (const { signal, forward } of forwards) process.off(signal, forward);
      clearInterval(parentWatch);
      resolve(code);
    };
    child.on("error", () => settle(127));
    child.on("exit", (code, signal) => settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** @returns {string} the project's own Node, as the current tools no longer run on every Node that users have */
function nodePath() {
  const own = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  return existsSync(own) ? own : process.execPath;
}

/**
 * Runs a script, or the tool of an installed package, with the project's own Node and node_modules/.bin first in PATH.
 * @param {string} toolOrScript the name of a package with one program, or a path in the project that ends in `.ts`
 * @param {readonly string[]} args
 * @param {{ stdio?: "inherit" | "ignore", env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code
 */
export function runTool(toolOrScript, args, { stdio = "inherit", env = {} } = {}) {
  const script = toolOrScript.endsWith(".ts") ? join(projectRoot, toolOrScript) : toolScript(toolOrScript);
  const path = [join(modules, ".bin"), process.env["PATH"]].filter(Boolean).join(delimiter);
  return run(nodePath(), [script, ...args], { stdio, env: { PATH: path, ...env } });
}

/** @param {string} name a package with a program; Windows can't start node_modules/.bin without a shell, so Node runs its script */
function toolScript(name) {
  const folder = join(modules, name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const script = typeof bin === "string" ? bin : (bin[name] ?? Object.values(bin)[0]);
  return join(folder, script);
}
