import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { WranglerServer } from "../wrangler-server.ts";

/** Serves the Worker that reads anything, and the page that reads it from there. */
export function startHostileServer(): Promise<WranglerServer> {
  return WranglerServer.start({ args: ["--config", "tests/workers/hostile/wrangler.toml"], assets: buildPage });
}

async function buildPage(folder: string): Promise<string> {
  const outdir = join(folder, "page");
  const entryPoints = [fileURLToPath(new URL("page.ts", import.meta.url))];
  await build({ entryPoints, outdir, bundle: true, format: "esm", target: "es2022" });
  await writeFile(join(outdir, "index.html"), `<!doctype html><script type="module" src="page.js"></script>`);
  return outdir;
}
