import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const bundles: Readonly<Record<string, { names: readonly string[]; limit: number }>> = {
  "size-default": { names: ["createResultStore", "task"], limit: 14_000 },
  "size-store": { names: ["ResultStore", "IndexedDbStorage"], limit: 9_000 },
};

/**
 * Bytes of what a page has to load for these exports of the browser's entry: minified, gzipped, all dependencies in. What
 * a dynamic import loads only once a store with a `remote` is used is none of it, as bundlers make a file of its own of that.
 */
export async function measureSize(id: string): Promise<{ ours: number; reference: number }> {
  const bundle = bundles[id];
  if (bundle === undefined) throw new Error(`There is no bundle "${id}"`);
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${bundle.names.join(", ")} } from "./index.ts";`,
      resolveDir: join(import.meta.dirname, "../../src/browser"),
    },
    bundle: true,
    external: ["./remote-backend.ts"],
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return { ours: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length, reference: bundle.limit };
}
