// Where the browsers beside Chromium are, Playwright's own or the system's, and where Redis is.
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** @typedef {"firefox" | "webkit" | "redis"} EngineName */
/** @typedef {{ readonly by: "playwright" } | { readonly by: "system", readonly path: string }} Engine */

/** What Debian and Ubuntu call the packages. Xvfb gives WebKit's window a screen. */
export const enginePackages = {
  firefox: ["firefox-esr"],
  webkit: ["libwebkit2gtk-4.1-0", "xvfb"],
  redis: ["redis-server"],
};

/**
 * @param {readonly string[]} names
 * @returns {string | undefined} the first program of these names in PATH
 */
function inPath(names) {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** @returns {string | undefined} WebKitGTK's small browser, if there is a screen for it */
function findMiniBrowser() {
  if (process.platform !== "linux" || (!process.env["DISPLAY"] && !inPath(["Xvfb"]))) return undefined;
  const paths = readdirSync("/usr/lib").map((folder) => join("/usr/lib", folder, "webkit2gtk-4.1", "MiniBrowser"));
  return paths.find((path) => existsSync(path));
}

/** @type {Record<EngineName, () => string | undefined>} */
const systemPaths = {
  firefox: () => inPath(["firefox-esr", "firefox"]),
  webkit: findMiniBrowser,
  redis: () => inPath(["redis-server", "valkey-server"]),
};

/**
 * @param {EngineName} name
 * @returns {Promise<Engine | undefined>} what opens pages in this engine, or serves Redis
 */
export async function findEngine(name) {
  if (name !== "redis") {
    const playwright = await import("playwright");
    if (existsSync(playwright[name].executablePath())) return { by: "playwright" };
  }
  const path = systemPaths[name]();
  return path === undefined ? undefined : { by: "system", path };
}
