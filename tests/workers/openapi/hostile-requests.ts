import * as fc from "fast-check";
import { maxWait } from "../../../src/core/remote-locks/lock-service.ts";
import { openApiPath, outcomeMediaType } from "../../../src/http/requests/protocol.ts";
import { schemas } from "../../../workers/openapi/schemas.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { change, changed, odd } from "../../trials/hostile-texts.ts";
import { document, methods } from "./documented.ts";
import { authorization, type Authorization, ownPrefix } from "./hostile-tokens.ts";

/** As much of JSON Schema as the document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that the document doesn't name. */
  readonly ignored: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  readonly authorization: Authorization;
}

/** The chunks of a body, and whether it breaks off behind them. */
export interface Body {
  readonly chunks: readonly Uint8Array[];
  readonly breaks: boolean;
}

const encoder = new TextEncoder();
const key = fc.constantFrom("h/a", "h/b", "h/😀", "h/..");

/** What a schema allows. Waits are short, and leases too. */
function allowed(schema: Schema): fc.Arbitrary<unknown> {
  const { $ref, enum: all, oneOf, items, properties, required = [], minimum = 0, maximum = 100 } = schema;
  if ($ref) return allowed(schemas[$ref.split("/").at(-1) as keyof typeof schemas] as Schema);
  if ("const" in schema) return fc.constant(schema.const);
  if (all) return fc.constantFrom(...all);
  if (oneOf) return fc.oneof(...oneOf.map(allowed));
  if (properties) {
    const fields = Object.entries(properties).map(([name, each]) => [name, allowed(each)] as const);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  }
  if (schema.type === "array") return fc.array(allowed(items ?? {}), { maxLength: 4 });
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "integer" || schema.type === "number")
    return fc.integer({ min: minimum, max: Math.min(maximum, 9) });
  return fc.oneof(key, fc.constantFrom("a", "b", "lock", "1 lock", "?", '"e"'));
}

/** Text for a header or a query that means something else than it should. */
const oddText = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "-1",
    "1e1",
    "NaN",
    "0x10",
    "9".repeat(30),
    "%",
    "%ff",
    "%00",
    "%ED%A0%80",
    '"',
    'W/"a"',
    "*",
    "a, b",
  ),
  fc.constantFrom("a".repeat(5_000), "1.5", "__proto__", "null", "[]", '"a", "b"', "00000000.x", "true", "bytes=0-1"),
  fc.string({ unit: "binary-ascii" }).map((text) => text.replaceAll(/[^ -/:-~]/g, "").trim()),
);

const segment = fc.oneof(
  { weight: 6, arbitrary: key.map((text) => encodeURIComponent(text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "%",
      "%ff",
      "%00",
      "h%2f%00",
      "~",
      "~~h%2Fa",
      "%2e%2e",
      "..",
      "h%2F" + "a".repeat(1_100),
      "%ED%A0%80",
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: "binary", maxLength: 9 })
      .map((text) => `h%2F${encodeURIComponent(text.toWellFormed())}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("a%3Fb", "h/a", "__proto__", "private%2Fa", "", "wait", ";", "h%2Fa%23") },
);

/** A wait of seconds is no hang. */
const inShort = (name: string, value: unknown): unknown =>
  name === "wait" && typeof value === "number" && value <= maxWait ? Math.min(value, 9) : value;

const deep = (open: string, levels: number): string => open.repeat(levels);
const record = key.map((name) => sample(name).bytes);
const bytesOf = (content: { readonly schema?: Schema } | undefined): fc.Arbitrary<Uint8Array> => {
  const json = content?.schema && allowed(content.schema);
  const right = json ? json.map((value) => encoder.encode(JSON.stringify(value))) : record;
  const near = json
    ? fc.tuple(json, change).map(([value, how]) => encoder.encode(JSON.stringify(changed(value, how), inShort) ?? ""))
    : fc
        .tuple(record, fc.nat(), fc.nat(255))
        .map(([bytes, at, to]) => bytes.map((byte, i) => (i === at % bytes.length ? to : byte)));
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 5, arbitrary: near },
    { weight: 1, arbitrary: odd.map((value) => encoder.encode(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("[", '{"a":', '{"holder":"', " "), fc.nat(40_000))
        .map(([open, levels]) => encoder.encode(deep(open, levels))),
    },
  );
};

function bodyOf({ requestBody }: Operation): fc.Arbitrary<Body | undefined> {
  const content = Object.values(requestBody?.content ?? {})[0];
  const breaks = fc.nat(15).map((n) => n === 0);
  const body = fc.record({ bytes: bytesOf(content), breaks, at: fc.nat() }).map(({ bytes, breaks: does, at }): Body => {
    const half = at % (bytes.length + 1);
    return { chunks: [bytes.slice(0, half), bytes.slice(half)], breaks: does };
  });
  return requestBody ? fc.option(body, { nil: undefined, freq: 12 }) : fc.option(body, { nil: undefined, freq: 2 });
}

/** Each parameter, as it should be, or odd, or absent. One that waits ten seconds by default is always there. */
function parametersOf(operation: Operation, place: string): fc.Arbitrary<Record<string, string>> {
  const fields = (operation.parameters ?? [])
    .filter((each) => each.in === place)
    .map(({ name, schema }) => {
      const text = fc.oneof(
        {
          weight: 5,
          arbitrary: allowed(schema).map((value) => encodeURIComponent(String(value)).replaceAll("%22", '"')),
        },
        { weight: 1, arbitrary: oddText },
      );
      const always = schema.maximum === maxWait;
      return [name, always ? text : fc.option(text, { nil: undefined, freq: 1 })] as const;
    });
  return fc
    .record(Object.fromEntries(fields))
    .map(
      (given) =>
        Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<string, string>,
    );
}

const ignored = fc
  .record(
    {
      range: fc.constantFrom("bytes=0-1", "bytes=-1", "lines=1-", "bytes=9-1,2-3"),
      "content-encoding": fc.constantFrom("gzip", "br", "identity", "x"),
      accept: fc.constantFrom("text/html", "*/*;q=2", ",", outcomeMediaType, `*/*;q=0.1, ${outcomeMediaType}`),
      origin: fc.constantFrom("null", "https://a.example", "file://", "a"),
      "x-forwarded-for": oddText,
      "access-control-request-headers": oddText,
      "if-modified-since": oddText,
      expect: fc.constant("100-continue"),
      "content-length": fc.constantFrom("-1", "0", "999999999999", "a"),
    },
    { requiredKeys: [] },
  )
  .map((given) => given as Record<string, string>);

function requestOf(path: string, method: string, operation: Operation): fc.Arbitrary<HostileRequest> {
  const contentType = Object.keys(operation.requestBody?.content ?? {})[0] ?? "text/plain";
  const anyMethod = fc.constantFrom("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get");
  return fc
    .record({
      segment,
      query: parametersOf(operation, "query"),
      headers: parametersOf(operation, "header"),
      type: fc.oneof(
        { weight: 12, arbitrary: fc.constant(contentType) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            "",
            "application/json",
            "application/json; charset=utf-16",
            "multipart/form-data",
            "a",
          ),
        },
      ),
      ignored,
      body: bodyOf(operation),
      method: fc.oneof(
        { weight: 15, arbitrary: fc.constant(method.toUpperCase()) },
        { weight: 1, arbitrary: anyMethod },
      ),
      authorization,
      tail: fc.oneof(
        { weight: 20, arbitrary: fc.constant("") },
        { weight: 1, arbitrary: fc.constantFrom("/", "//", "/x") },
      ),
    })
    .map(({ query, headers, type, body, tail, segment: of, ...rest }) => {
      const asked = Object.entries(query).map(
        ([name, value]) => `${name}=${value.replaceAll("#", "").replaceAll("&", "")}`,
      );
      const at = path.replace("{key}", of) + tail;
      return {
        ...rest,
        path: asked.length > 0 ? `${at}?${asked.join("&")}` : at,
        headers: { ...headers, ...(body && type && { "content-type": type }) },
        body: ["GET", "HEAD", "get"].includes(rest.method) ? undefined : body,
      };
    });
}

/** A request to any operation of the document, near what it allows. */
export const hostileRequest: fc.Arbitrary<HostileRequest> = fc.oneof(
  ...Object.entries(document.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => method in item)
      .map((method) => {
        const operation = item[method] as Operation;
        return requestOf(path, method, {
          ...operation,
          parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])],
        });
      }),
  ),
);

export const isDescription = ({ path, method }: HostileRequest): boolean =>
  method === "OPTIONS" || new URL(path, "https://a.example").pathname === openApiPath;

export { ownPrefix };
