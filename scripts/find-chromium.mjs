// Where a Chromium to test with is: shared by the set-up, the vitest configuration and the tests that drive pages.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

const LINUX_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_PATHS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const WINDOWS_PATH = ["Google", "Chrome", "Application", "chrome.exe"];
const WINDOWS_ROOTS = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"];

/** @returns {string[]} where an installed Chromium or Chrome would be, best first */
function systemCandidates() {
  if (process.platform === "darwin") return MAC_PATHS;
  if (process.platform === "win32") {
    return WINDOWS_ROOTS.flatMap((name) => {
      const root = process.env[name];
      return root ? [join(root, ...WINDOWS_PATH)] : [];
    });
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return LINUX_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** @returns {Promise<string | undefined>} where Playwright keeps its own Chromium, whether or not it is there */
async function playwrightChromium() {
  try {
    const { chromium } = await import("playwright");
    return chromium.executablePath();
  } catch {
    return undefined; // not installed yet, or no build of Playwright's for this system
  }
}

/**
 * @param {string} path
 * @returns {boolean} whether it can be started. Linux has stubs that only say what to install, and browsers that lack libraries;
 * Chrome on Windows would open a window when asked for its version.
 */
function starts(path) {
  if (!existsSync(path)) return false;
  if (process.platform !== "linux") return true;
  try {
    execFileSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds a Chromium: the one that REPRISE_CHROMIUM names, Playwright's own, or one that the system has.
 * @returns {Promise<string | undefined>} the path of its executable
 */
export async function findChromium() {
  const named = process.env["REPRISE_CHROMIUM"];
  if (named) return named;
  const candidates = [await playwrightChromium(), ...systemCandidates()];
  return candidates.find((path) => path !== undefined && starts(path));
}

/**
 * What to launch Chromium with: the browser that was found, and no traffic of its own.
 * @returns {Promise<{ executablePath?: string, args: string[] }>} options for Playwright's `chromium.launch`
 */
export async function chromiumLaunchOptions() {
  const executablePath = await findChromium();
  const args = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  // Chromium refuses to start its sandbox as root, as in most containers.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return executablePath === undefined ? { args } : { executablePath, args };
}
