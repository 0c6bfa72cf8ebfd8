import examples from "virtual:examples/workerd";
import { beforeEach, expect, test } from "vitest";
import { readPrefectRecord } from "../../src/prefect/index.ts";
import jsonExpired from "../golden/prefect/json-expired.record?bytes";
import jsonObject from "../golden/prefect/json-object.record?bytes";
import pickle from "../golden/prefect/pickle.record?bytes";
import { codeOf } from "../core/record/record-tools.ts";
import { clearBindings, r2 } from "./bindings/storage-tools.ts";

beforeEach(clearBindings);

interface DocumentedWorker {
  fetch(request: Request, env: { FLOW_RESULTS: R2Bucket }): Promise<Response>;
}

/** The Worker of docs/prefect-files.md, over a real bucket. */
async function ask(method: "GET" | "POST"): Promise<Response> {
  const example = examples.find(({ name }) => name.startsWith("docs/prefect-files.md"))!;
  const { default: worker } = (await example.load()) as unknown as { default: DocumentedWorker };
  return worker.fetch(new Request("https://worker.example", { method }), { FLOW_RESULTS: r2 });
}

test("a Worker answers with what Prefect wrote into its bucket", async () => {
  expect((await ask("GET")).status).toBe(404);
  await r2.put("reports/latest", jsonObject);
  expect(await (await ask("GET")).json()).toEqual({ a: 1, b: [1, 2, null, true], t: "héllo 😀" });
});

test("a Worker does not answer with what has expired, and not with a pickle", async () => {
  await r2.put("reports/latest", jsonExpired);
  expect(await (await ask("GET")).text()).toBe("Out of date");
  await r2.put("reports/latest", pickle);
  expect(await codeOf(() => ask("GET"))).toBe("UNSUPPORTED_RECORD");
});

test("a Worker leaves a file that has all that Prefect reads", async () => {
  expect((await ask("POST")).status).toBe(204);
  const object = (await r2.get("maps/oslo"))!;
  const bytes = await object.bytes();
  const file = JSON.parse(new TextDecoder().decode(bytes)) as { metadata: Record<string, unknown>; result: string };
  const { metadata: written } = JSON.parse(new TextDecoder().decode(jsonObject)) as typeof file;
  expect(Object.keys(file)).toEqual(["metadata", "result"]);
  expect(Object.keys(file.metadata)).toEqual(Object.keys(written));
  expect(file.metadata).toMatchObject({ storage_key: "maps/oslo", serializer: written["serializer"] });
  const inAWeek = object.uploaded.getTime() + 7 * 86_400_000;
  expect(Math.abs(Date.parse(file.metadata["expiration"] as string) - inAWeek)).toBeLessThan(60_000);
  expect((await readPrefectRecord(bytes)).result).toBe("a map of Oslo");
});
