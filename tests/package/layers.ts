import { builtinModules } from "node:module";
import { computedSpecifier, importedModule, type Modules } from "./module-graph.ts";

interface Layer {
  readonly layers: readonly string[];
  readonly packages?: readonly string[];
}

/** What each folder of `src/`, and `workers/`, may import: the layers listed, itself, and the packages listed. */
const LAYERS: Readonly<Record<string, Layer>> = {
  errors: { layers: [] },
  core: { layers: ["errors"], packages: ["@lukeed/ms", "devalue", "lru.min", "ohash"] },
  browser: { layers: ["core", "errors", "http"], packages: ["idb-keyval"] },
  node: { layers: ["core", "errors"] },
  // what only Workers have is asked for by a name that no bundler tries to resolve
  edge: { layers: ["core", "errors"], packages: ["p-retry", computedSpecifier] },
  http: { layers: ["core", "errors"], packages: ["p-retry"] },
  prefect: { layers: ["core", "errors"] },
  testing: { layers: ["core", "errors"] },
  workers: { layers: ["edge", "http", "core", "errors"], packages: ["hono", "jose", "cloudflare:workers"] },
};

/** The barrel of what every runtime gets: adapters re-export it, so it imports none. */
const BARREL = "src/index.ts";
const BARREL_LAYER: Layer = { layers: ["core", "errors"] };
const RE_EXPORTS_BARREL = new Set(["src/browser/index.ts", "src/edge/index.ts", "src/node/index.ts"]);

function layerOf(path: string): string {
  const [top = "", folder = "", name] = path.split("/");
  return top === "src" ? (name === undefined ? "" : folder) : top;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function isNodeBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(packageOf(specifier));
}

/** Imports that cross a layer, types included: a line for each. */
export function layerCrossings(modules: Modules): string[] {
  const crossings: string[] = [];
  for (const [path, imports] of modules) {
    const own = layerOf(path);
    const layer = path === BARREL ? BARREL_LAYER : LAYERS[own];
    if (layer === undefined) {
      crossings.push(`${path} is in no layer`);
      continue;
    }
    for (const item of imports) {
      const target = importedModule(path, item);
      if (!isAllowed(path, own, layer, item.specifier, target)) crossings.push(`${path} imports ${item.specifier}`);
    }
  }
  return crossings;
}

function isAllowed(path: string, own: string, layer: Layer, specifier: string, target: string | undefined): boolean {
  if (target === undefined) return !isNodeBuiltin(specifier) && (layer.packages ?? []).includes(packageOf(specifier));
  if (target === BARREL) return RE_EXPORTS_BARREL.has(path);
  const layerOfTarget = layerOf(target);
  return (layerOfTarget === own && own !== "") || layer.layers.includes(layerOfTarget);
}

/** Rings of modules that import each other when they are loaded, each as the ring's paths. */
export function importCycles(modules: Modules): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const item of modules.get(path) ?? []) {
      const next = item.typeOnly ? undefined : importedModule(path, item);
      if (next !== undefined) visit(next, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return cycles;
}
