import { expect, test } from "vitest";
import { metadataFromJson, resultsPath, type ListPageJson } from "../../../src/http/requests/protocol.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { createApi, refusal, type Call } from "../api-tools.ts";

const pathOf = (query: Record<string, string>) => `${resultsPath}?${new URLSearchParams(query).toString()}`;

async function page(call: Call, query: Record<string, string>): Promise<ListPageJson> {
  const answer = await call(pathOf(query));
  expect(answer.status).toBe(200);
  return answer.json<ListPageJson>();
}

const keysOf = ({ records }: ListPageJson) => records.map((record) => metadataFromJson(record).storageKey);

test("pages of metadata follow one another in the order of the keys", async () => {
  const { call, storage } = await createApi();
  const expiration = new Date(86_400_000);
  for (const key of ["maps/3", "maps/1", "other", "maps/2"]) await put(storage, key, { expiration });
  const first = await page(call, { prefix: "maps/", limit: "2" });
  expect(keysOf(first)).toEqual(["maps/1", "maps/2"]);
  const second = await page(call, { prefix: "maps/", limit: "2", cursor: first.cursor ?? "" });
  expect([keysOf(second), second.cursor]).toEqual([["maps/3"], undefined]);
  expect(first.records[0]).toMatchObject({
    expiration: "1970-01-02T00:00:00.000Z",
    etag: expect.any(String) as unknown,
  });
  expect(keysOf(await page(call, {}))).toEqual(["maps/1", "maps/2", "maps/3", "other"]);
});

test("a prefix may hold anything that a key may", async () => {
  const { call, storage } = await createApi();
  for (const prefix of ["a\0", "%2F", "a+b&c=d#", "🗺️/", "../"]) {
    await put(storage, `${prefix}1`);
    expect(keysOf(await page(call, { prefix }))).toEqual([`${prefix}1`]);
  }
});

test.for([
  ["limit", "0"],
  ["limit", "1001"],
  ["limit", "1.5"],
  ["limit", "-1"],
  ["limit", ""],
  ["limit", "ten"],
  ["cursor", ""],
  ["cursor", "made-up"],
  ["prefix", "a".repeat(1_025)],
] as const)("a list with %s=%s is refused, and told so by name", async ([name, value]) => {
  const { call } = await createApi();
  const answer = await call(pathOf({ [name]: value }));
  expect(await answer.clone().text()).toContain(name);
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
});

test("a cursor holds for the list that gave it only", async () => {
  const { call, storage } = await createApi();
  for (const key of ["a1", "a2", "b1"]) await put(storage, key);
  const { cursor = "" } = await page(call, { prefix: "a", limit: "1" });
  const answer = await call(pathOf({ prefix: "b", cursor }));
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
});

test("a storage that can't list says so", async () => {
  const cannot = Object.assign(new NullStorage(), { list: undefined }) as NullStorage;
  const { call } = await createApi({ storage: () => cannot });
  expect(await refusal(await call(resultsPath))).toBe("501 CONFIGURATION");
});
