// What a fresh clone lacks: the dependencies, and a browser to test with. Each looks first and does nothing twice.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { enginePackages, findEngine } from "./engines/find-engines.mjs";
import { findChromium } from "./find-chromium.mjs";
import { projectRoot, run, runTool } from "./processes.mjs";

const NPM_CI = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
const APT_QUIET = ["-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"];

/** @import { EngineName } from "./engines/find-engines.mjs" */
/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | undefined} what a lock file lists, by folder
 */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(join(projectRoot, path), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** @returns {boolean} whether node_modules holds what the lock file asks for; npm notes there what it has installed */
function dependenciesAreInstalled() {
  const wanted = lockedPackages("package-lock.json") ?? {};
  const installed = lockedPackages("node_modules/.package-lock.json");
  if (installed === undefined) return false;
  return Object.entries(wanted).every(
    ([folder, { version, optional, devOptional }]) =>
      folder === "" || optional || devOptional || installed[folder]?.version === version,
  );
}

/** @returns {Promise<boolean>} whether the dependencies are there */
export async function ensureDependencies() {
  if (dependenciesAreInstalled()) return true;
  console.log("Installing dependencies: node_modules is missing or does not fit package-lock.json.");
  const npm = process.env["npm_execpath"];
  const code =
    npm !== undefined && basename(npm).startsWith("npm")
      ? await run(process.env["npm_node_execpath"] ?? process.execPath, [npm, ...NPM_CI])
      : await run(["npm", ...NPM_CI].join(" "), [], { shell: true });
  if (code !== 0) console.error("npm ci failed: the dependencies could not be installed.");
  return code === 0;
}

/** Playwright's download tries five times; an unreachable server is noticed after seconds. */
async function installWithPlaywright() {
  console.log("Installing Chromium with Playwright.");
  const timeout = "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT";
  const env = { [timeout]: process.env[timeout] ?? "5000" };
  return (await runTool("playwright", ["install", "chromium"], { stdio: "ignore", env })) === 0;
}

/** @param {readonly string[]} packages */
async function installWithApt(...packages) {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  console.log(`Installing ${packages.join(" and ")} with apt-get.`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", [...APT_QUIET, "update"], { stdio: "ignore", env });
  return (await run("apt-get", [...APT_QUIET, "install", "-y", ...packages], { stdio: "ignore", env })) === 0;
}

/** @returns {Promise<string | undefined>} the path of a Chromium, installed now where there was none */
export async function ensureChromium() {
  const found = await findChromium();
  if (found !== undefined) return found;
  for (const install of [installWithPlaywright, () => installWithApt("chromium")]) {
    const installed = (await install()) ? await findChromium() : undefined;
    if (installed !== undefined) return installed;
  }
  console.error("No Chromium: install Chromium or Google Chrome, or set REPRISE_CHROMIUM to the path of one.");
  return undefined;
}

/**
 * @param {EngineName} name
 * @returns {Promise<boolean>} whether the tests can run with it, installed now where root may do so
 */
export async function ensureEngine(name) {
  const packages = enginePackages[name];
  if (await findEngine(name)) return true;
  if ((await installWithApt(...packages)) && (await findEngine(name))) return true;
  const fromPlaywright = name === "redis" ? "" : `, or run npx playwright install ${name}`;
  console.log(`Left out, for it is not here: install ${packages.join(" and ")}${fromPlaywright}.`);
  return false;
}
