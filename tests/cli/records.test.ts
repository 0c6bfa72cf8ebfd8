import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResultStore } from "../../src/node/index.ts";
import { ResultRecord } from "../../src/core/context/built-in-serializers.ts";
import { DevalueSerializer } from "../../src/core/serializers/devalue/devalue-serializer.ts";
import type { Serializer } from "../../src/core/serializers/serializer.ts";
import { HttpLockManager } from "../../src/http/http-lock-manager.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import type { Operation } from "../../src/http/requests/protocol.ts";
import { mintToken } from "../../workers/access/mint-token.ts";
import { WranglerServer } from "../demo/wrangler-server.ts";
import { jsonLinesOf, jsonOf, type Outcome, reprise } from "./run-reprise.ts";

const secret = "a secret for the command line, long enough";
const folder = await mkdtemp(join(tmpdir(), "reprise-records-"));
let server: WranglerServer;
let all: string;

function mint(prefix = "", operations?: readonly Operation[]): Promise<string> {
  return mintToken({ secret, prefix, operations, expiresIn: "1h" });
}

/** Runs a command against the Worker, with a token that allows all or with another. */
function run(args: readonly string[], token = all): Promise<Outcome> {
  return reprise(args, { env: { REPRISE_URL: server.origin, REPRISE_TOKEN: token } });
}

function openStore(serializer?: Serializer) {
  const api = { url: server.origin, token: all };
  return createResultStore({
    resultStorage: new HttpStorage(api),
    lockManager: new HttpLockManager(api),
    serializer,
  });
}

async function keysOf(prefix: string): Promise<unknown[]> {
  return jsonLinesOf(await run(["ls", prefix, "--json"])).map(({ storageKey }) => storageKey);
}

beforeAll(async () => {
  [all, server] = await Promise.all([
    mint(),
    WranglerServer.start({
      args: ["--var", `REPRISE_SECRET:${secret}`],
      assets: async (own) => {
        await mkdir(join(own, "page"));
        return join(own, "page");
      },
    }),
  ]);
  return () => server.close();
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

// each test starts several processes
describe.concurrent("reprise over the HTTP API of a Worker", { timeout: 60_000 }, () => {
  test("ls shows size, age, freshness, key and tags, and prints a line of JSON for each record", async () => {
    const store = openStore();
    await store.write("ls/fresh", { rows: [1, 2, 3] }, { expiresIn: "7d", tags: ["roads", "cities"] });
    await store.getOrCompute("ls/stale", () => "old", { expiresIn: 1, staleWhileRevalidate: "1h" });
    await store.write("ls/\u001b[2Jodd", 1);
    const { code, stdout, stderr } = await run(["ls", "ls/"]);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toMatch(/^ *SIZE +AGE +FRESHNESS +KEY +TAGS$/);
    expect(stdout).toMatch(/^ *\d+ B +\d+s +fresh, 7d left +ls\/fresh +roads, cities$/m);
    expect(stdout).toMatch(/^ *\d+ B +\d+s +stale for \d+s +ls\/stale$/m);
    expect(stdout).toContain("ls/\\u{1b}[2Jodd");
    expect(stderr).toMatch(/^3 records, \d+ B\n$/);
    expect(jsonLinesOf(await run(["ls", "ls/", "--json"]))).toMatchObject([
      { storageKey: "ls/\u001b[2Jodd", freshness: "fresh" },
      { storageKey: "ls/fresh", freshness: "fresh", tags: ["roads", "cities"] },
      { storageKey: "ls/stale", freshness: "stale" },
    ]);
  });

  test("get prints metadata and the value: JSON where it is, else inspected; --output writes the record", async () => {
    const store = openStore();
    await store.write("get/json", { rows: [1, 2] }, { tags: ["roads"] });
    await store.write("get/map", new Map([["size", 7n]]));
    const { stdout } = await run(["get", "get/json"]);
    expect(stdout).toMatch(/^key +get\/json\nsize +\d+ B\ncreated .*\nexpires +never\nfreshness +fresh\ntags +roads\n/);
    expect(stdout).toContain('\n\n{\n  "rows": [\n    1,\n    2\n  ]\n}\n');
    expect(jsonOf(await run(["get", "get/json", "--json"]))).toMatchObject({
      tags: ["roads"],
      value: { rows: [1, 2] },
    });
    expect((await run(["get", "get/map"])).stdout).toContain("Map(1) { 'size' => 7n }");
    expect(jsonOf(await run(["get", "get/map", "--json"]))).toMatchObject({ inspected: "Map(1) { 'size' => 7n }" });
    const file = join(folder, "map.rprs");
    expect(await run(["get", "get/map", "--output", file])).toMatchObject({ code: 0, stdout: "" });
    const record = await ResultRecord.deserialize(await readFile(file), { key: "get/map" });
    expect(record.result).toEqual(new Map([["size", 7n]]));
    const absent = await run(["get", "get/absent"]);
    expect(absent).toMatchObject({ code: 1, stdout: "", stderr: 'reprise: There is no record "get/absent"\n' });
  });

  test("get says why a value can't be read here", async () => {
    class Point {
      x = 1;
    }
    await openStore(new DevalueSerializer({ classes: { Point } })).write("class/point", new Point());
    const { code, stdout, stderr } = await run(["get", "class/point"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^key +class\/point$/m);
    expect(stderr).toContain("Point");
  });

  test("rm deletes keys, and tells of those that are not there", async () => {
    const store = openStore();
    await Promise.all(["a", "b", "c"].map((name) => store.write(`rm/${name}`, name)));
    const { code, stderr } = await run(["rm", "rm/a", "rm/absent"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'reprise: There is no record "rm/absent"\nDeleted 1 record\n',
    });
    expect(jsonOf(await run(["rm", "rm/b", "--json"]))).toEqual({ deleted: 1, failed: [] });
    expect(await keysOf("rm/")).toEqual(["rm/c"]);
  });

  test("rm of a prefix asks first on a terminal, and needs --yes without one", async () => {
    const store = openStore();
    await Promise.all(["a", "b", "c"].map((name) => store.write(`rm-prefix/${name}`, name)));
    const args = ["rm", "--prefix", "rm-prefix/"];
    const refused = await run(args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('This deletes 3 records under "rm-prefix/": add --yes');
    const env = { REPRISE_URL: server.origin, REPRISE_TOKEN: all };
    const declined = await reprise(args, { env, presses: [["Delete 3 records", "\r"]] });
    expect(declined.code).toBe(1);
    expect(declined.stderr).toContain("Cancelled. Nothing was done");
    expect(await keysOf("rm-prefix/")).toHaveLength(3);
    const agreed = await reprise(args, { env, presses: [["Delete 3 records", "y"]] });
    expect(agreed).toMatchObject({ code: 0, stdout: "" });
    expect(agreed.stderr).toMatch(/Delet(ing|ed 1 record)[^]*Deleted 3 records/);
    expect(await keysOf("rm-prefix/")).toEqual([]);
    expect(jsonOf(await run([...args, "--yes", "--json"]))).toEqual({ deleted: 0, failed: [] });
  });

  test("invalidate deletes or expires keys, prefixes and tags", async () => {
    const store = openStore();
    const names = ["key", "other", "tagged", "deep/one", "deep/two"];
    for (const name of names) await store.write(`inv/${name}`, name, { tags: name === "tagged" ? ["inv-roads"] : [] });
    expect(await run(["invalidate", "inv/key"])).toMatchObject({
      code: 0,
      stderr: "Invalidated keys inv/key (delete)\n",
    });
    await run(["invalidate", "--prefix", "inv/deep/"]);
    expect(jsonOf(await run(["invalidate", "--tags", "inv-roads,x", "--mode", "expire", "--json"]))).toEqual({
      target: { tags: ["inv-roads", "x"] },
      mode: "expire",
    });
    const left = jsonLinesOf(await run(["ls", "inv/", "--json"]));
    expect(left).toMatchObject([
      { storageKey: "inv/other", freshness: "fresh" },
      { storageKey: "inv/tagged", freshness: "expired" },
    ]);
  });

  test("stats counts records and bytes by prefix and freshness", async () => {
    const store = openStore();
    await store.write("stats/maps/oslo", "x".repeat(2_000));
    await store.getOrCompute("stats/maps/bergen", () => "x", { expiresIn: 1, staleIfError: "1h" });
    await store.write("stats/report", 1);
    const { stdout } = await run(["stats", "stats/"]);
    expect(stdout).toMatch(/^ *RECORDS +SIZE +FRESH +STALE +EXPIRED +PREFIX$/m);
    expect(stdout).toMatch(/^ *2 +2\.\d kB +1 +1 +0 +stats\/maps\/$/m);
    expect(stdout).toMatch(/^ *3 +2\.\d kB +2 +1 +0 +\(all\)$/m);
    expect(jsonOf(await run(["stats", "stats/", "--json"]))).toMatchObject({
      records: 3,
      stale: 1,
      prefixes: [
        { prefix: "stats/maps/", records: 2, fresh: 1, stale: 1 },
        { prefix: "stats/", records: 1 },
      ],
    });
  });

  test("export writes a prefix, and import brings it back as it was", async () => {
    const store = openStore();
    await store.write("out/a", new Date(0), { expiresIn: "1d", tags: ["t"] });
    await store.write("out/b", new Float64Array([1, 2]));
    const file = join(folder, "out.tar");
    const before = jsonLinesOf(await run(["ls", "out/", "--json"]));
    const exported = await run(["export", file, "--prefix", "out/"]);
    expect(exported).toMatchObject({ code: 0, stdout: "" });
    expect(exported.stderr).toMatch(/out\.tar: exported 2 records, \d+ B\n$/);
    await store.deleteMany(["out/a", "out/b"]);
    expect(jsonOf(await run(["import", file, "--json"]))).toMatchObject({ imported: 2, skipped: 0, refused: [] });
    const after = jsonLinesOf(await run(["ls", "out/", "--json"]));
    const lasting = ({ storageKey, createdAt, expiration, tags, size }: Record<string, unknown>) => ({
      ...{ storageKey, createdAt, expiration, tags, size },
    });
    expect(after.map(lasting)).toEqual(before.map(lasting));
    expect((await openStore().read("out/b"))?.result).toEqual(new Float64Array([1, 2]));
    expect(jsonOf(await run(["import", file, "--skip-existing", "--json"]))).toMatchObject({ imported: 0, skipped: 2 });
  });

  test("two exports into the same file at once leave one whole file", async () => {
    await openStore().write("twice/a", "a".repeat(100_000));
    const target = join(folder, "twice");
    await mkdir(target);
    const file = join(target, "twice.tar");
    const both = await Promise.all([0, 1].map(() => run(["export", file, "--prefix", "twice/"])));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await readdir(target)).toEqual(["twice.tar"]);
    expect(jsonOf(await run(["import", file, "--json"]))).toMatchObject({ imported: 1, refused: [] });
  });

  test("import refuses records outside of the token's prefix, goes on, and says so", async () => {
    const store = openStore();
    await store.write("in/mine/a", 1);
    await store.write("in/theirs/b", 2);
    const file = join(folder, "in.tar");
    await run(["export", file, "--prefix", "in/"]);
    await store.deleteMany(["in/mine/a", "in/theirs/b"]);
    const { code, stderr } = await run(["import", file], await mint("in/mine/", ["write"]));
    expect(code).toBe(1);
    expect(stderr).toMatch(/in\/theirs\/b: The token .* keys that begin with "in\/mine\/"/);
    expect(stderr).toContain("refused 1");
    expect(await keysOf("in/")).toEqual(["in/mine/a"]);
  });

  test("an import of another file fails, and a failed export leaves no file", async () => {
    const file = join(folder, "other.txt");
    await writeFile(file, "no archive");
    const { code, stderr } = await run(["import", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("This is no file of `reprise export`");
    const target = join(folder, "empty");
    await mkdir(target);
    expect((await run(["export", join(target, "x.tar")], "wrong")).code).toBe(1);
    expect(await readdir(target)).toEqual([]);
  });

  test("a wrong token, and a key outside of its prefix, are errors that name the way to look", async () => {
    const wrong = await run(["ls"], "wrong");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(
      /^reprise: The token is not valid.*\nSet REPRISE_TOKEN, or add --token\. `reprise token inspect` shows .*\n$/,
    );
    const token = await mint("maps/", ["read"]);
    const outside = await run(["get", "reports/1", "--json"], token);
    expect(outside).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(outside.stderr)).toEqual({
      error: { code: "ACCESS_DENIED", message: expect.stringContaining('"maps/"') as string },
    });
    expect((await run(["rm", "maps/oslo"], token)).stderr).toContain('"delete"');
  });
});
