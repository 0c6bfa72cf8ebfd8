import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type BuildOptions, type OutputFile } from "esbuild";
import type { Measurement } from "../measure.ts";
import { type BundleId, sizeTargets } from "../targets.ts";

export const projectRoot = join(import.meta.dirname, "../../..");

/** The names that a user's module imports, by the entry of `src/`. */
const imports: Readonly<Record<BundleId, Readonly<Record<string, readonly string[]>>>> = {
  "size-core": { core: ["ResultStore", "MemoryStorage", "JsonSerializer"] },
  "size-store": { core: ["ResultStore", "JsonSerializer"], browser: ["IndexedDbStorage"] },
  "size-default": { browser: ["createResultStore"] },
  "size-task": { browser: ["createResultStore", "task"] },
};

/** A bundle as a user's bundler makes it, for browsers. */
export interface Bundle {
  readonly code: Uint8Array;
  /** The modules that have code in it, by their paths in the project. */
  readonly modules: readonly string[];
}

/** A typical bundle: see `bundleOf`. */
export async function bundle(id: BundleId, options: BuildOptions = {}): Promise<Bundle> {
  const lines = Object.entries(imports[id]).map(([entry, names]) => exportLine(names, `./src/${entry}/index.ts`));
  return bundleOf(lines.join("\n"), options);
}

/**
 * One file with everything that the module `contents` can reach: all packages, and also modules that an `import()` would load
 * later. esbuild honours `sideEffects` of package.json here, because the imported modules are in the project.
 */
export async function bundleOf(contents: string, options: BuildOptions = {}): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: projectRoot },
    absWorkingDir: projectRoot,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    ...options,
    write: false,
    metafile: true,
  });
  const [file] = outputFiles as [OutputFile];
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return { code: file.contents, modules: inputs.filter(([, used]) => used.bytesInOutput > 0).map(([path]) => path) };
}

function exportLine(names: readonly string[], path: string): string {
  return `export { ${names.join(", ")} } from ${JSON.stringify(path)};`;
}

export function gzippedSize(code: Uint8Array | string): number {
  return gzipSync(code, { level: 9 }).length;
}

/** Bytes of a bundle, beside its budget. */
export async function measureSize(id: string): Promise<Measurement> {
  const target = sizeTargets.find((other) => other.id === id);
  if (target === undefined) throw new Error(`There is no bundle "${id}"`);
  return { ours: gzippedSize((await bundle(target.id)).code), reference: target.budget };
}
