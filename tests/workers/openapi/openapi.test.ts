import { expect, test } from "vitest";
import { openApiPath, operations } from "../../../src/http/requests/protocol.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import { schemas } from "../../../workers/openapi/schemas.ts";
import { compile, document, methods } from "./documented.ts";
import { createApi } from "../api-tools.ts";

const documented = Object.entries(document.paths).flatMap(([path, item]) => {
  return methods.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`);
});

test("every route is in the document, and the reverse", () => {
  const routes = createResultsApi()
    .routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(":key", "{key}")}`);
  // routers answer HEAD wherever there is a GET; it is described where it says something of its own
  const own = documented.filter((each) => !each.startsWith("HEAD "));
  expect(own.toSorted()).toEqual([...new Set(routes)].toSorted());
  expect(documented).toContain("HEAD /v1/results/{key}");
});

test("every reference leads somewhere, and every schema is one", () => {
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(references.length).toBeGreaterThan(10);
  for (const name of references) expect(Object.keys(schemas)).toContain(name);
  for (const schema of Object.values(schemas)) expect(compile(schema)).toBeTypeOf("function");
});

test("every operation has a name of its own, says what it does and which answers it has", () => {
  const items = Object.values(document.paths).flatMap((item) => methods.flatMap((method) => item[method] ?? []));
  const described = items as {
    operationId: string;
    summary: string;
    responses: Record<string, { description: string }>;
  }[];
  expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(documented.length);
  for (const { summary, responses } of described) {
    expect(summary).not.toBe("");
    for (const { description } of Object.values(responses)) expect(description).toBeTypeOf("string");
  }
});

test("all operations that a token may allow are named", () => {
  expect(schemas.Operation.enum).toEqual(operations);
});

test("everyone may read it, even where there is no secret, and it says where the API is", async () => {
  const { call } = await createApi();
  for (const REPRISE_SECRET of ["", "a secret that is long enough for all that is asked"]) {
    const answer = await call(openApiPath, { authorization: null, env: { REPRISE_SECRET } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify({ ...document })));
  }
});
