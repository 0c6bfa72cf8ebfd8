import { roomOf } from "./layers.ts";
import { importedModule, type Modules } from "./module-graph.ts";

/**
 * The arrows of the picture: from each room to those that it imports, without the arrows that follow from others. The
 * barrels, which import everything below them, are left out.
 */
export function roomArrows(modules: Modules): string[] {
  const imports = new Map<string, Set<string>>();
  for (const [path, items] of modules) {
    const room = roomOf(path);
    if (isBarrel(path)) continue;
    const targets = imports.get(room) ?? new Set();
    imports.set(room, targets);
    for (const item of items) {
      const target = importedModule(path, item);
      if (target !== undefined && roomOf(target) !== room) targets.add(roomOf(target));
    }
  }
  const arrows = [...imports].flatMap(([room, targets]) =>
    [...targets]
      .filter((target) => ![...targets].some((other) => other !== target && reaches(imports, other, target)))
      .map((target) => `${nameOf(room)} --> ${nameOf(target)}`),
  );
  return arrows.sort();
}

function isBarrel(path: string): boolean {
  return /(^|\/)(index|entry|edge)\.ts$/.test(path) && !path.startsWith("src/errors/");
}

function reaches(imports: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  return [...(imports.get(from) ?? [])].some((next) => next === to || reaches(imports, next, to));
}

function nameOf(room: string): string {
  return room.replace(/^src\//, "");
}

/** The arrows of the Mermaid picture in a document. */
export function drawnArrows(document: string): string[] {
  const [, picture = ""] = /```mermaid\n([^]*?)```/.exec(document) ?? [];
  return [...picture.matchAll(/^ *(\S+ --> \S+)$/gm)].map(([, arrow = ""]) => arrow).sort();
}
