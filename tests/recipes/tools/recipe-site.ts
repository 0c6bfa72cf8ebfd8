import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { build, preview } from "vite";
import { freePort } from "../../../scripts/demo-server.mjs";
import { chromiumLaunchOptions } from "../../../scripts/find-chromium.mjs";
import { folderOf } from "./commands.ts";

/** The built pages of a recipe behind a server, and a browser to look at them with. */
export interface RecipeSite extends AsyncDisposable {
  readonly origin: string;
  readonly browser: Browser;
}

/** Bundles pages of a recipe with Vite, as in development: React's StrictMode does nothing elsewhere. Resolves with the folder that it makes. */
export async function buildPages(recipe: string, pages: readonly string[] = ["index.html"]): Promise<string> {
  const root = folderOf(recipe);
  const outDir = join(root, "dist");
  await build({
    root,
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"development"' },
    worker: { format: "es" },
    build: {
      outDir,
      target: "es2022",
      minify: false,
      rolldownOptions: { input: pages.map((page) => join(root, page)) },
    },
  });
  return outDir;
}

/** Serves what `buildPages` makes, and starts a Chromium. */
export async function startRecipeSite(recipe: string, pages?: readonly string[]): Promise<RecipeSite> {
  const outDir = await buildPages(recipe, pages);
  const host = "127.0.0.1";
  const port = await freePort(0);
  const [server, browser] = await Promise.all([
    preview({
      root: folderOf(recipe),
      configFile: false,
      logLevel: "error",
      build: { outDir },
      preview: { host, port },
    }),
    chromium.launch(await chromiumLaunchOptions()),
  ]);
  return {
    origin: `http://${host}:${port}`,
    browser,
    async [Symbol.asyncDispose]() {
      await Promise.all([browser.close(), server.close()]);
    },
  };
}
