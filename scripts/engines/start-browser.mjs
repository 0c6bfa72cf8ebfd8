// Starts a browser of the system with one page, and nothing of its own kept.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** @import { ChildProcess } from "node:child_process" */
/** @import { EngineName } from "./find-engines.mjs" */

/** Firefox opens no page of its own, asks nothing, and calls nobody. */
const firefoxPreferences = {
  "app.normandy.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.disable_open_during_load": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

/**
 * @param {ChildProcess} child started in a group of its own, which ends with it
 * @returns {Promise<void>}
 */
async function end(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

/** @returns {Promise<{ display: string, close(): Promise<void> }>} a screen: the one that is there, or a virtual one */
async function openScreen() {
  const { DISPLAY } = process.env;
  if (DISPLAY) return { display: DISPLAY, close: async () => {} };
  const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  const xvfb = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"], detached: true });
  const number = await new Promise((resolve, reject) => {
    xvfb.stdio[3]?.once("data", (data) => resolve(String(data).trim()));
    xvfb.once("error", reject);
    xvfb.once("exit", () => reject(new Error("Xvfb did not start")));
  });
  return { display: `:${number}`, close: () => end(xvfb) };
}

/**
 * @param {EngineName} name
 * @param {string} path of the browser
 * @param {string} url of the page
 * @returns {Promise<() => Promise<void>>} ends the browser, and removes what it kept
 */
export async function startBrowser(name, path, url) {
  const folder = await mkdtemp(join(tmpdir(), `reprise-${name}-`));
  const screen = name === "webkit" ? await openScreen() : undefined;
  if (name === "firefox") {
    const lines = Object.entries(firefoxPreferences).map(
      ([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});`,
    );
    await writeFile(join(folder, "user.js"), lines.join("\n"));
  }
  const args = name === "firefox" ? ["--headless", "--no-remote", "--profile", folder, url] : [url];
  const own = { HOME: folder, XDG_DATA_HOME: folder, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder };
  const env = { ...process.env, ...own, ...(screen && { DISPLAY: screen.display }) };
  const browser = spawn(path, args, { env, stdio: "ignore", detached: true });
  return async () => {
    await end(browser);
    await screen?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}
