import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { projectRoot } from "../../../scripts/processes.mjs";

const block = /^```(\w+)\n([\s\S]*?)^```$/gm;
/** `// src/index.ts`, `# wrangler.toml`, `<!-- index.html -->` */
const fileName = /^(?:\/\/|#|<!--) ([\w./-]*\.[\w-]+)(?: -->)?\n/;

export interface Recipe {
  /** The name of its page, without `.md`. */
  readonly name: string;
  /** Where it is, from the index of the recipes. */
  readonly path: string;
  readonly text: string;
  /** What the page has its reader write, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** What the page has its reader run, one after the other. */
  readonly commands: readonly string[];
}

/** Pages elsewhere that are whole projects too. */
const others = ["integrations/react.md"];

/** Every page of docs/recipes/ but the index. A block of code whose first line is a comment with a path is the file there. */
export async function readRecipes(): Promise<Recipe[]> {
  const folder = join(projectRoot, "docs");
  const found = await Array.fromAsync(glob("recipes/!(index).md", { cwd: folder }));
  const pages = [...found, ...others].sort((some, other) => basename(some).localeCompare(basename(other)));
  return Promise.all(
    pages.map(async (page) => {
      const text = await readFile(join(folder, page), "utf8");
      const blocks = [...text.matchAll(block)].map(([, language = "", code = ""]) => ({ language, code }));
      const files = new Map(blocks.flatMap(({ code }) => fileOf(code)));
      const commands = blocks
        .filter(({ language }) => language === "sh")
        .flatMap(({ code }) => code.trim().split("\n"));
      return { name: basename(page, ".md"), path: relative("recipes", page), text, files, commands };
    }),
  );
}

function fileOf(code: string): [path: string, code: string][] {
  const [line, path] = fileName.exec(code) ?? [];
  return line !== undefined && path !== undefined ? [[path, code.slice(line.length)]] : [];
}

/** Writes the files of a recipe into a folder, which is the project of its reader. */
export async function writeRecipe({ files }: Recipe, folder: string): Promise<void> {
  for (const [path, code] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), code);
  }
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  // bundlers look for one, and the next one above leads to the sources of the package
  await writeFile(join(folder, "tsconfig.json"), "{}");
}
