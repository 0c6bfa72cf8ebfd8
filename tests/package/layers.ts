import { importedModule, type ModuleImport, type Modules } from "./module-graph.ts";

/**
 * The rooms from the lowest floor to the highest: a room imports those on floors below its own, types included. Rooms that
 * stand on one floor never import each other. With each room, the packages that it may import.
 */
const FLOORS: readonly Readonly<Record<string, readonly string[]>>[] = [
  { "src/errors": [] },
  { "src/core/support": [], "src/core/concurrency": [] },
  { "src/core/invalidation": [] },
  { "src/core/events": [] },
  { "src/core/serializers": [] },
  { "src/core/serializers/devalue": ["devalue"], "src/core/record": [] },
  { "src/core/locks": [], "src/core/cache": ["lru.min"] },
  { "src/core/remote-locks": [], "src/core/storages": ["lru.min"], "src/core/freshness": [] },
  { "src/core/tiers": [], "src/core/keys": ["ohash"], "src/core/options": [] },
  { "src/core/answers": [] },
  { "src/core/store": [] },
  { "src/core/context": [], "src/core/watching": [], "src/core/batches": [], "src/core/archive": [] },
  { "src/core/work": [] },
  { "src/core/transactions": [], "src/core/tasks": [] },
  { "src/core/deferred": [], "src/core/runtime": [] },
  { "src/core": [] },
  { "src/http/requests": ["p-retry"] },
  { "src/http": [], "src/prefect": [], "src/testing/chaos": [], "src/testing/cases": [] },
  { "src/testing/locks": [], "src/testing/serializers": [], "src/testing/storages": [], "src/testing/stores": [] },
  { "src/testing": [] },
  { "src/inspector/words": [], "src/inspector/elements": [] },
  { "src/inspector/activity": [] },
  { "src/inspector/records": [] },
  { "src/inspector": [] },
  { "src/integrations/react": ["react"] },
  { src: [] },
  { "src/browser/database": ["idb-keyval"], "src/edge/bindings": ["p-retry"], "src/node": [] },
  {
    "src/browser/locks": ["idb-keyval"],
    "src/browser/storage": ["idb-keyval"],
    "src/edge/cache-api": [],
    "src/edge/durable-objects": ["p-retry"],
    "src/edge/kv": [],
    "src/edge/r2": [],
  },
  { "src/browser/store": [], "src/edge/store": [] },
  { "src/browser": [], "src/edge": [] },
  { "src/integrations/hono": ["hono"] },
  { "src/integrations/tanstack-query": [] },
  { "src/main": [] },
  {
    "workers/invalidations": ["cloudflare:workers"],
    "workers/locks": ["cloudflare:workers"],
    "workers/jobs": ["cloudflare:workers"],
    "workers/openapi": [],
    "workers/requests": ["hono"],
  },
  { "workers/access": ["hono", "jose"] },
  { "workers/routes": ["hono"] },
  { "workers/api": ["hono"] },
  { workers: ["cloudflare:workers"] },
  { "src/cli/terminal": ["@clack/prompts", "@lukeed/ms", "node:process"] },
  { "src/cli/init": ["jsonc-parser", "smol-toml", "node:fs", "node:path"] },
  { "src/cli/commands": ["commander", "jose", "node:fs", "node:process", "node:stream", "node:util"] },
  { "src/cli": ["commander", "node:process"] },
  { "src/integrations/opentelemetry": ["@opentelemetry/api"], "src/integrations/unstorage": [] },
];

/** The runtimes, by the folders of their rooms: none imports another's. */
const RUNTIMES: Readonly<Record<string, string>> = {
  "src/browser": "browser",
  "src/edge": "workerd",
  "src/node": "node",
  workers: "workerd",
};

export function roomOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

export const rooms: readonly string[] = FLOORS.flatMap((floor) => Object.keys(floor));

function floorOf(room: string): number {
  return FLOORS.findIndex((floor) => room in floor);
}

function runtimeOf(room: string): string | undefined {
  return Object.entries(RUNTIMES).find(([folder]) => `${room}/`.startsWith(`${folder}/`))?.[1];
}

/** Imports that no room may have, types included: a line for each. */
export function forbiddenImports(modules: Modules): string[] {
  return [...modules].flatMap(([path, imports]) =>
    floorOf(roomOf(path)) < 0
      ? [`${path} is in no room`]
      : imports.filter((item) => !isAllowed(path, item)).map(({ specifier }) => `${path} imports ${specifier}`),
  );
}

function isAllowed(path: string, item: ModuleImport): boolean {
  const room = roomOf(path);
  const target = importedModule(path, item);
  if (target === undefined) return isAllowedPackage(room, item);
  const other = roomOf(target);
  if (other === room) return true;
  const [from, to] = [runtimeOf(room), runtimeOf(other)];
  return (
    floorOf(other) >= 0 && floorOf(other) < floorOf(room) && (to === undefined || from === undefined || from === to)
  );
}

function isAllowedPackage(room: string, { specifier, isDynamic }: ModuleImport): boolean {
  const parts = specifier.split("/");
  const name = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  return !isDynamic && (FLOORS[floorOf(room)]?.[room] ?? []).includes(name);
}

/** Rings of modules that import each other, types included, each as the ring's paths. */
export function importRings(modules: Modules): string[] {
  const rings: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) rings.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const item of modules.get(path) ?? []) {
      const next = importedModule(path, item);
      if (next !== undefined) visit(next, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return rings;
}
