import { readdir, readFile } from "node:fs/promises";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor } from "vite";

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** One import, `export … from`, `import()` or `import("…")` type. */
export interface ModuleImport {
  readonly specifier: string;
  /** Nothing of it is left in the built module. */
  readonly typeOnly: boolean;
  /** Loaded only when it is asked for. */
  readonly isDynamic: boolean;
}

/** Modules by their path below a common folder, with `/`. */
export type Modules = ReadonlyMap<string, readonly ModuleImport[]>;

/** Stands for what an `import()` names only when it runs. */
const computedSpecifier = "(computed)";

/** What a module imports, read by a parser: a string or comment that looks like an import is none. */
export function importsOf(fileName: string, source: string): ModuleImport[] {
  const { program, errors } = parseSync(fileName, source);
  if (errors.length > 0) throw new SyntaxError(`${fileName}: ${errors[0]?.message}`);
  const found: ModuleImport[] = [];
  const add = (from: unknown, typeOnly: boolean, isDynamic = false) =>
    found.push({ specifier: typeof from === "string" ? from : computedSpecifier, typeOnly, isDynamic });
  new Visitor({
    ImportDeclaration({ source: from, importKind, specifiers }) {
      const allTypes = specifiers.every((name) => name.type === "ImportSpecifier" && name.importKind === "type");
      add(from.value, importKind === "type" || (specifiers.length > 0 && allTypes));
    },
    ExportAllDeclaration: ({ source: from, exportKind }) => add(from.value, exportKind === "type"),
    ExportNamedDeclaration({ source: from, exportKind, specifiers }) {
      if (from) add(from.value, exportKind === "type" || specifiers.every((name) => name.exportKind === "type"));
    },
    ImportExpression: ({ source: from }) => add("value" in from ? from.value : undefined, false, true),
    TSImportType: ({ source: from }) => add(from.value, true),
  }).visit(program);
  return found;
}

/** All modules of some folders of the project, or of another root. */
export async function readModules(
  folders: readonly string[],
  extension: ".ts" | ".js",
  root = projectRoot,
): Promise<Modules> {
  const listed = folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true }));
  const entries = (await Promise.all(listed)).flat();
  const files = entries.filter(
    (entry) => entry.isFile() && entry.name.endsWith(extension) && !entry.name.endsWith(".d.ts"),
  );
  const modules = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [relative(root, path).replaceAll("\\", "/"), importsOf(name, await readFile(path, "utf8"))] as const;
  });
  return new Map(await Promise.all(modules));
}

/** The module that an import means; undefined for a package. */
export function importedModule(importer: string, { specifier }: ModuleImport): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(importer), specifier) : undefined;
}

/** The modules that are loaded with the given ones. Throws for an import of a module that isn't there. */
export function loadedWith(modules: Modules, starts: readonly string[]): Set<string> {
  const loaded = new Set<string>();
  const pending = [...starts];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (loaded.has(path)) continue;
    const imports = modules.get(path);
    if (imports === undefined) throw new Error(`There is no module ${path}`);
    loaded.add(path);
    for (const item of imports) {
      const next = item.typeOnly ? undefined : importedModule(path, item);
      if (next !== undefined) pending.push(next);
    }
  }
  return loaded;
}
