import { decodeHead, decodeRecord } from "../../core/record/record-format.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { assert, assertEqual } from "../cases/assert.ts";
import { coveringChanges, toAbsent } from "./storage-beginnings.contract.ts";
import { mustRead, put, sample, stateOf, type StoragePlay } from "./storage-scene.ts";

const day = 86_400_000;

async function statesOf(storage: ResultStorage, keys: readonly string[]): Promise<string[]> {
  return Promise.all(keys.map((key) => stateOf(storage, key)));
}

/** Records that no change of `coveringChanges` covers, except those of all. */
const others: Record<string, { tags?: string[] }> = {
  maps: {},
  "maps-a": { tags: ["map", "Maps", "maps/"] },
  "a/maps/": { tags: ["oslo"] },
};

const invalidation: Record<string, StoragePlay> = Object.fromEntries(
  Object.entries(coveringChanges).map(([name, change]): [string, StoragePlay] => [
    `${name}: the records that it covers are changed, and no others`,
    async ({ one, other }) => {
      await put(one, "maps/a", { tags: ["oslo", "maps"] });
      for (const [key, options] of Object.entries(others)) await put(one, key, options);
      if ((await (change(one) ?? "absent")) === "absent") return;
      const covered = name.endsWith("expire") ? "expired" : "gone";
      const isOfAll = name === "clear" || name.includes('"all"');
      for (const storage of [one, other]) {
        assertEqual(await stateOf(storage, "maps/a"), covered);
        const states = await statesOf(storage, Object.keys(others));
        assertEqual(states, Object.keys(others).map(() => (isOfAll ? covered : "fresh"))); // prettier-ignore
      }
      const { bytes, metadata } = sample("maps/a", { tags: ["maps"] });
      await other.write("maps/a", bytes, { metadata });
      assertEqual(await statesOf(one, ["maps/a"]), ["fresh"], "written afterwards");
    },
  ]),
);

const targets: Record<string, StoragePlay> = {
  async "a prefix covers the keys that begin with it, whatever it is made of"({ one, other }) {
    const keys = ["a", "a%", "a%b", "a/", "a/b", "a\uffff", "a\uffffb", "a_b", "b", "😀", "😀a"];
    for (const prefix of ["a%", "a/", "a\uffff", "a_", "😀", "absent", "a"]) {
      await Promise.all(keys.map((key) => put(one, key)));
      await one.invalidate!({ prefix }, { mode: "delete", now: Date.now() });
      const expected = keys.map((key) => (key.startsWith(prefix) ? "gone" : "fresh"));
      assertEqual(await statesOf(other, keys), expected, `prefix ${JSON.stringify(prefix)}`);
    }
  },
  async "several tags cover the records with any of them, also after tags have changed"({ one, other }) {
    const now = Date.now();
    await put(one, "both", { tags: ["x", "y"] });
    await put(one, "y", { tags: ["y"] });
    await put(one, "z", { tags: ["z"] });
    await put(one, "was x", { tags: ["x"] });
    await put(other, "was x", { tags: ["z"] });
    await put(other, "now x", { tags: ["z"] });
    await put(one, "now x", { tags: ["x"] });
    await one.invalidate!({ tags: ["x", "y"] }, { mode: "delete", now });
    assertEqual(await statesOf(other, ["both", "y", "z", "was x", "now x"]), ["gone", "gone", "fresh", "fresh", "gone"]); // prettier-ignore
    await other.invalidate!({ tags: ["x", "z"] }, { mode: "expire", now });
    assertEqual(await statesOf(one, ["z", "was x"]), ["expired", "expired"]);
  },
  async "a target without any record is no error"({ one }) {
    const now = Date.now();
    for (const target of ["all", { keys: [] }, { keys: ["a"] }, { prefix: "a" }, { tags: ["a"] }] as const)
      for (const mode of ["delete", "expire"] as const) await one.invalidate!(target, { mode, now });
  },
};

const expirations: Record<string, StoragePlay> = {
  async "what was expired keeps its result and its other metadata, and is found as before"({ one, other }) {
    const now = Date.now();
    const options = { tags: ["maps"], staleFor: day, expiration: new Date(now + day) };
    const before = await put(one, "maps/a", options);
    for (const target of ["all", { keys: ["maps/a"] }, { tags: ["maps"] }] as const)
      await one.invalidate!(target, { mode: "expire", now });
    assertEqual(await stateOf(other, "maps/a"), "expired");
    const { bytes } = await mustRead(other, "maps/a");
    assertEqual(decodeRecord(bytes).body, decodeRecord(before.bytes).body);
    const [head, headBefore] = [decodeHead(bytes), decodeHead(before.bytes)];
    assertEqual([head.tags, head.staleFor, head.createdAt], [["maps"], day, headBefore.createdAt]);
    await one.invalidate!({ tags: ["maps"] }, { mode: "delete", now });
    assertEqual(await stateOf(other, "maps/a"), "gone");
  },
  async "a record that has expired earlier does not expire later, and one that never would expires now"({ one }) {
    const now = Date.now();
    const earlier = new Date(now - day);
    await put(one, "earlier", { expiration: earlier });
    await put(one, "never");
    await one.invalidate!("all", { mode: "expire", now });
    assertEqual(decodeHead((await mustRead(one, "earlier")).bytes).expiration, earlier);
    assertEqual(await statesOf(one, ["earlier", "never"]), ["expired", "expired"]);
  },
  async "a sweep leaves what may still be served stale"({ one }) {
    if (!one.sweep) return;
    const now = Date.now();
    await put(one, "stale", { staleFor: day, expiration: new Date(now - 1) });
    await put(one, "gone", { staleFor: 1, expiration: new Date(now - 2) });
    assertEqual((await one.sweep({ now })).expired, 1);
    assertEqual(await statesOf(one, ["stale", "gone"]), ["expired", "gone"]);
  },
  async "head and list show what freshness and invalidation need"({ one }) {
    const { bytes, metadata } = sample("maps/a", { tags: ["maps"], staleFor: day });
    const more = { ...metadata, isError: true as const, inputs: { city: "c0ffee" } };
    const { etag } = await one.write("maps/a", bytes, { metadata: more });
    const seen = [(await one.head?.("maps/a"))?.metadata, (await one.list?.())?.records[0]].filter(Boolean);
    for (const { tags, staleFor } of seen as never as (typeof metadata)[])
      assertEqual([tags, staleFor, typeof etag], [["maps"], day, "string"]);
  },
};

const explanations: Record<string, StoragePlay> = {
  async "lastInvalidation tells which change covered the key last"({ one, other }) {
    if (!one.lastInvalidation || !other.lastInvalidation) return;
    const started = Date.now();
    const last = async () => {
      const { target, mode, at } = (await other.lastInvalidation!("maps/a"))!;
      assert(Math.abs(at - started) < day, `it happened at ${at}`);
      return { target, mode };
    };
    await put(one, "maps/a", { tags: ["maps"] });
    assertEqual(await other.lastInvalidation("maps/a"), undefined);
    for (const target of [{ tags: ["x", "maps"] }, { prefix: "maps/" }, { keys: ["maps/a"] }, "all"] as const) {
      await put(one, "maps/a", { tags: ["maps"] });
      await one.invalidate!(target, { mode: "expire", now: started });
      assertEqual(await last(), { target, mode: "expire" } as never);
    }
    await put(one, "maps/a");
    await one.invalidate!({ tags: ["maps"] }, { mode: "delete", now: started });
    assertEqual(await last(), { target: "all", mode: "expire" } as never);
    await one.delete("maps/a");
    assertEqual(await last(), { target: { keys: ["maps/a"] }, mode: "delete" } as never);
  },
};

/** Invalidations, and how records stand after them. The cases need `invalidate`. */
export const storageInvalidation: Record<string, StoragePlay> = Object.fromEntries(
  Object.entries({ ...invalidation, ...targets, ...expirations, ...explanations }).map(([name, play]) => [
    name,
    async (scene) => {
      const { one } = scene;
      const probe = one.invalidate?.({ prefix: "a prefix of no key" }, { mode: "delete", now: Date.now() });
      if ((await (probe?.catch(toAbsent) ?? "absent")) !== "absent") await play(scene);
    },
  ]),
);
