import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { roomOf } from "./layers.ts";
import { projectRoot } from "./module-graph.ts";

/** The rooms, and packages, of which a page that imports this gets something. */
async function roomsIn(contents: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents, resolveDir: projectRoot },
    absWorkingDir: projectRoot,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
  });
  const inputs = Object.entries(Object.values(metafile.outputs)[0]!.inputs);
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return [...new Set(used.map((path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? roomOf(path)))];
}

const core = "./src/core/index.ts";
const browser = "./src/browser/index.ts";

describe("a bundle holds only what was named", () => {
  test("the store of reprise/core: no default serializer, no cache, no tasks, no settings", async () => {
    const rooms = await roomsIn(`export { ResultStore, MemoryStorage, JsonSerializer } from "${core}";`);
    for (const absent of ["devalue", "lru.min", "ohash", "src/core/context", "src/core/tasks", "src/core/work"]) {
      expect(rooms).not.toContain(absent);
    }
  });

  test("createResultStore for browsers: no tasks, no transactions, nothing that reaches a Worker", async () => {
    const rooms = await roomsIn(`export { createResultStore } from "${browser}";`);
    for (const absent of ["src/core/tasks", "src/core/work", "src/core/transactions", "src/core/tiers", "src/http"]) {
      expect(rooms).not.toContain(absent);
    }
  });

  test("tasks: no transactions, nothing deferred", async () => {
    const rooms = await roomsIn(`export { task } from "${browser}";`);
    expect(rooms).toContain("src/core/tasks");
    for (const absent of ["src/core/transactions", "src/core/deferred", "src/http"])
      expect(rooms).not.toContain(absent);
  });

  test("a storage of reprise/browser brings no serializer", async () => {
    expect(await roomsIn(`export { IndexedDbStorage } from "${browser}";`)).not.toContain("devalue");
  });

  test("what is deferred, and what reaches a Worker, come with the value that is passed in", async () => {
    expect(await roomsIn(`export { remote } from "${browser}";`)).toEqual(
      expect.arrayContaining(["src/http", "src/core/tiers", "src/core/deferred"]),
    );
  });
});

test("a page that imports ResultRecord alone can read records of every built-in serializer", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { ResultRecord } from "${browser}";
        export const deserialize = (bytes) => ResultRecord.deserialize(bytes);`,
      resolveDir: projectRoot,
    },
    bundle: true,
    format: "esm",
    write: false,
  });
  const source = `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`;
  const { deserialize } = (await import(source)) as {
    deserialize: (bytes: Uint8Array) => Promise<{ isReadable: boolean }>;
  };
  for (const name of ["dates", "json", "compressed-json", "compressed-devalue"]) {
    const bytes = await readFile(join(projectRoot, "tests/golden", `${name}.rprs`));
    expect((await deserialize(new Uint8Array(bytes))).isReadable, name).toBe(true);
  }
});
