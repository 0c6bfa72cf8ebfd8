import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type Plugin, transform } from "esbuild";
import { roomOf } from "../../package/layers.ts";
import { bundle, gzippedSize, projectRoot } from "./sizes.ts";
import type { BundleId } from "../targets.ts";

/** Gzipped bytes that a bundle loses without a part. */
export interface PartCost {
  /** A room such as `core/store`, or a package. */
  readonly part: string;
  /** Without the part, and without the code that only this part reaches. */
  readonly withNeeds: number;
  /** Without the part's own code. */
  readonly own: number;
}

/** The cost of each part of a bundle. Each is left out in turn, because gzip stores text that two parts share only once. */
export async function partCosts(id: BundleId): Promise<PartCost[]> {
  const { code, modules } = await bundle(id);
  const total = gzippedSize(code);
  const chunks = await chunksOf(id, modules);
  const ownTotal = await sizeOfChunks(chunks);
  const costs: PartCost[] = [];
  for (const part of new Set(modules.map(partOf))) {
    const stubbed = await bundle(id, { plugins: [emptyPart(part)] });
    const others = chunks.filter(({ path }) => partOf(path) !== part);
    const own = ownTotal - (await sizeOfChunks(others));
    costs.push({ part, withNeeds: total - gzippedSize(stubbed.code), own });
  }
  return costs;
}

/** The part that a module belongs to. */
function partOf(path: string): string {
  const [, inPackage] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return inPackage ?? roomOf(path).replace(/^src\//, "");
}

/** Replaces the modules of a part by modules that only declare the same names. */
function emptyPart(part: string): Plugin {
  return {
    name: "empty-part",
    setup({ onLoad }) {
      onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
        const inProject = relative(projectRoot, path).replaceAll("\\", "/");
        return partOf(inProject) === part ? { contents: await stubOf(path), loader: "js" } : undefined;
      });
    },
  };
}

/** Variables without a value: esbuild would insert the value of a constant where it is used, and drop code that depends on it. */
async function stubOf(path: string): Promise<string> {
  const names = Object.keys((await import(pathToFileURL(path).href)) as object);
  const variables = names.map((_, index) => `stub${index}`);
  if (names.length === 0) return "";
  return `let ${variables.join(", ")};
    export { ${names.map((name, index) => `${variables[index]} as ${name}`).join(", ")} };`;
}

/** A module's code in a bundle. */
interface Chunk {
  readonly path: string;
  readonly code: string;
}

/** esbuild writes where each module begins as long as it keeps line ends. The bundle's exports, at its end, are left out. */
async function chunksOf(id: BundleId, modules: readonly string[]): Promise<Chunk[]> {
  const { code } = await bundle(id, { minify: false, minifySyntax: true, minifyIdentifiers: true });
  const lines = new TextDecoder().decode(code).split("\n");
  const end = lines.lastIndexOf("export {");
  const starts = modules.map((path) => ({ path, from: lines.indexOf(`// ${path}`) })).sort((a, b) => a.from - b.from);
  if (starts.some(({ from }) => from < 0)) throw new Error(`Not every module of ${id} was found in its bundle`);
  return starts.map(({ path, from }, i) => ({ path, code: lines.slice(from, starts[i + 1]?.from ?? end).join("\n") }));
}

async function sizeOfChunks(chunks: readonly Chunk[]): Promise<number> {
  const { code } = await transform(chunks.map((chunk) => chunk.code).join("\n"), { minifyWhitespace: true });
  return gzippedSize(code);
}
