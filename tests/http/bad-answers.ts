/** Answers of servers that are not the API, or whose API fails. Each is a status, headers and a body. */
export interface BadAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const html = { "content-type": "text/html; charset=utf-8" };
const json = { "content-type": "application/json" };
const outcomes = { "content-type": "application/vnd.reprise.outcome+json" };
const page = "<!doctype html><h1>Sign in to the network</h1>";

function problem(status: number, code: string): BadAnswer {
  const body = JSON.stringify({ type: "about:blank", title: "No", status, code, detail: `${code} it is` });
  return { status, headers: { "content-type": "application/problem+json" }, body };
}

/** By name. None of them says anything about a record or a lock. */
export const badAnswers: Readonly<Record<string, BadAnswer>> = {
  "500 STORAGE": problem(500, "STORAGE"),
  "500 INTERNAL": problem(500, "INTERNAL"),
  "500 CONFIGURATION": problem(500, "CONFIGURATION"),
  "501 CONFIGURATION": problem(501, "CONFIGURATION"),
  "502 STORAGE": problem(502, "STORAGE"),
  "502 INTERNAL": problem(502, "INTERNAL"),
  "503 CONFIGURATION": problem(503, "CONFIGURATION"),
  "404 UNKNOWN_ROUTE": problem(404, "UNKNOWN_ROUTE"),
  "405 METHOD_NOT_ALLOWED": problem(405, "METHOD_NOT_ALLOWED"),
  "a code of a later version": problem(418, "SOMETHING_NEW"),
  "200 with a page": { status: 200, headers: html, body: page },
  "200 with nothing": { status: 200 },
  "200 with JSON of another shape": { status: 200, headers: json, body: '{"ok":true}' },
  "200 with JSON that is cut off": { status: 200, headers: json, body: '{"token":7,"expi' },
  "200 with JSON that is none": { status: 200, headers: json, body: "null" },
  "200 with a record's type and no etag": {
    status: 200,
    headers: { "content-type": "application/vnd.reprise.record" },
  },
  "200 with an outcome that is none": { status: 200, headers: outcomes, body: '{"ok":true}' },
  "200 with an outcome of a later version": { ...problem(418, "SOMETHING_NEW"), status: 200, headers: outcomes },
  "204 without an etag": { status: 204 },
  "206 with a part": { status: 206, headers: html, body: page },
  "302 to another origin": { status: 302, headers: { location: "https://login.example/" } },
  "307 to another origin": { status: 307, headers: { location: "https://other.example/v1" } },
  "308 without a location": { status: 308 },
  "400 with a page": { status: 400, headers: html, body: page },
  "401 with a page": { status: 401, headers: html, body: page },
  "403 with a page": { status: 403, headers: html, body: page },
  "404 with a page": { status: 404, headers: html, body: page },
  "404 with a problem that is none": {
    status: 404,
    headers: { "content-type": "application/problem+json" },
    body: "<h1>",
  },
  "409 with a page": { status: 409, headers: html, body: page },
  "411 with a page": { status: 411, headers: html, body: page },
  "413 with a page": { status: 413, headers: html, body: page },
  "423 with a page": { status: 423, headers: html, body: page },
  "429 with a page": { status: 429, headers: html, body: page },
  "500 with a page": { status: 500, headers: html, body: page },
  "502 with a page": { status: 502, headers: html, body: page },
  "503 with a page": { status: 503, headers: { ...html, "retry-after": "3600" }, body: page },
  "507 STORAGE_QUOTA": problem(507, "STORAGE_QUOTA"),
  "401 ACCESS_DENIED": problem(401, "ACCESS_DENIED"),
  "403 ACCESS_DENIED": problem(403, "ACCESS_DENIED"),
};
