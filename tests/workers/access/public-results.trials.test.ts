import * as fc from "fast-check";
import { expect } from "vitest";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { resultPath, resultsPath } from "../../../src/http/requests/protocol.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import { trial } from "../../trials/trial.ts";
import { bytesOf, origin, secret } from "../api-tools.ts";

const prefix = "maps/";
const part = fc.constantFrom(
  "maps",
  "Maps",
  "map",
  "s/",
  "/",
  "%2F",
  "%2f",
  "..",
  ".",
  "~",
  "?",
  "#",
  "\\",
  " ",
  "ü",
  "",
  "private",
);
const key = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));

/** Ways to spell the path of a key, right and wrong. */
const spelling = fc.constantFrom<(key: string) => string>(
  resultPath,
  (name) => resultPath(name).toLowerCase(),
  (name) => resultPath(encodeURIComponent(name)),
  (name) => `${resultsPath}/${name}`,
  (name) => `${resultsPath}/maps%2F/../${encodeURIComponent(name)}`,
  (name) => `/x${resultPath(name)}/`,
  (name) => `${resultPath(name)}?key=${prefix}`,
);

trial(
  "a request without a token reads no record that is not public, and caches keep no other",
  { kind: "inputs", short: 200, long: 20_000 },
  fc.asyncProperty(key, spelling, fc.constantFrom("GET", "HEAD", "POST", "DELETE"), async (name, spell, method) => {
    const storage = new MemoryStorage();
    for (const each of ["private", "private/1", "map", "Maps/1", "~maps/", prefix, `${prefix}1`, name].filter(Boolean))
      await put(storage, each);
    const before = await storage.list();
    const api = createResultsApi({ storage: () => storage, publicResults: { prefixes: [prefix] } });
    const request = new Request(origin + spell(name), { method });
    const answer = await api.fetch(request, { REPRISE_SECRET: secret });
    const control = answer.headers.get("cache-control");
    if (answer.status !== 200) expect([answer.ok, control]).toEqual([false, "no-store"]);
    else {
      expect(control).toMatch(/^public, /);
      expect(answer.headers.get("cache-tag")).toMatch(/^key:maps%2F/);
      if (method === "GET") expect(decodeHead(await bytesOf(answer)).storageKey).toMatch(/^maps\//);
    }
    expect(await storage.list()).toEqual(before);
  }),
);
