import * as fc from "fast-check";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { outcomeMediaType, recordMediaType } from "../../src/http/requests/protocol.ts";
import { hostileKey, hostileRecord } from "../core/record/hostile-records.ts";
import { change, changed, odd } from "../trials/hostile-texts.ts";
import type { Act } from "./scripted-server.ts";

const key = hostileKey;
const encoder = new TextEncoder();
const metadata = {
  storageKey: key,
  createdAt: "2026-01-02T03:04:05.678Z",
  serializer: { type: "json" },
  libraryVersion: "0.1.0",
};
/** The record of the key. Its body is 1. */
export const right = hostileRecord(encoder.encode("1"), { serializer: { type: "json" } });
const other = hostileRecord(encoder.encode("2"), { serializer: { type: "json" }, fields: { storageKey: "other" } });

/** Answers that some call understands. */
const understood: readonly unknown[] = [
  { records: [metadata], cursor: "c" },
  { token: 7, expiresIn: 30_000, isConfirmed: true, takenOver: false, committed: "e", unheldFor: 5 },
  {
    isLocked: true,
    isHolder: false,
    isLastHolder: false,
    token: 7,
    expiresIn: 5,
    progress: { fraction: 1, number: 1 },
  },
  { latest: 2, invalidations: [{ number: 2, target: { keys: [key] }, mode: "delete", at: 5 }] },
  { state: "pending", attempts: 1, error: { name: "E", message: "m" }, nextAttemptAt: 5 },
  { place: "p" },
  { type: "about:blank", title: "No", status: 404, code: "RECORD_NOT_FOUND", detail: "no" },
  { type: "about:blank", title: "No", status: 412, code: "PRECONDITION_FAILED", detail: "no", key },
];

const json = fc
  .tuple(fc.constantFrom(...understood), fc.array(change, { maxLength: 2 }))
  .map(([value, changes]) => JSON.stringify(changes.reduce<unknown>(changed, value)));
const records = fc
  .tuple(
    fc.constantFrom(right, right, other),
    fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 2 }),
    fc.nat(),
    fc.nat(3),
  )
  .map(([record, byte, length, cut]) => {
    const bytes = cut ? record.slice() : record.slice(0, length % record.length);
    if (byte) bytes[byte[0] % bytes.length] = byte[1];
    return bytes;
  });
const body = fc.oneof(
  { weight: 4, arbitrary: json.map((text) => encoder.encode(text)) },
  { weight: 3, arbitrary: records },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("", "null", "1e999", '{"latest":1e999}', "[".repeat(9_000))
      .map((text) => encoder.encode(text)),
  },
);

const problemType = "application/problem+json";
const types = [
  "application/json",
  recordMediaType,
  problemType,
  outcomeMediaType,
  outcomeMediaType,
  "text/html",
  `${recordMediaType}; a=b`,
  "",
  ";",
  "a, b",
];
const header = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "-1",
    "1e999",
    "NaN",
    "Infinity",
    "5, 6",
    "999999999999999",
    "9".repeat(40),
    "%",
    "%00",
    "\u00ff",
  ),
  fc.constantFrom('""', '"e"', 'W/"e"', '"%e0"', '"', "copy", "strong", "eventual", "Thu, 01 Jan 1970 00:00:00 GMT"),
  fc.constantFrom(String(Date.now()), String(Date.now() + 1e9), "8640000000000001", "x".repeat(9_000)),
  fc
    .array(change, { maxLength: 2 })
    .map((changes) => encodeURIComponent(JSON.stringify(changes.reduce<unknown>(changed, metadata)) ?? "")),
  odd.map((value) => encodeURIComponent(JSON.stringify(value))),
);
const names = ["etag", "reprise-now", "reprise-generation", "reprise-record-generation", "reprise-source"];
const more = [
  "reprise-consistency",
  "reprise-metadata",
  "retry-after",
  "location",
  "content-encoding",
  "content-length",
];

/** One answer, and how it is sent. */
export interface HostileAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
  readonly headers: readonly (readonly [string, string])[];
  readonly delivery: "whole" | "cut" | "slow" | "endless" | "silent" | "hung up" | "compressed" | "a bomb";
}

export const hostileAnswer: fc.Arbitrary<HostileAnswer> = fc.record({
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(200, 204, 404, 412) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(201, 206, 300, 301, 304, 307, 400, 401, 403, 409, 413, 422, 423, 429, 500, 503),
    },
    { weight: 1, arbitrary: fc.integer({ min: 200, max: 999 }) },
  ),
  type: fc.constantFrom(...types),
  body,
  headers: fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom(...names, ...more), header), { maxLength: 4 }),
      fc.constantFrom([["etag", '"e"'] as const], []),
    )
    .map(([odds, usual]) => [...usual, ...odds]),
  delivery: fc.oneof(
    { weight: 30, arbitrary: fc.constant("whole" as const) },
    { weight: 1, arbitrary: fc.constantFrom("cut", "slow", "endless", "silent", "hung up", "compressed", "a bomb") },
  ),
});

const bombOfZeros = gzipSync(new Uint8Array(2 ** 27));

/** Sends the answer. What the platform refuses to send ends the connection. */
export function actOf({ status, type, body: content, headers, delivery }: HostileAnswer): Act {
  return async (response) => {
    const hangUp = () => void response.socket?.destroy();
    const packed = delivery === "compressed" ? gzipSync(content) : delivery === "a bomb" ? bombOfZeros : content;
    try {
      response.strictContentLength = false;
      if (type) response.setHeader("content-type", type);
      for (const [name, value] of headers) response.appendHeader(name, value);
      if (packed !== content) response.setHeader("content-encoding", "gzip");
      if (delivery !== "silent") response.writeHead(status);
    } catch {
      hangUp();
    }
    if (delivery === "hung up") hangUp();
    else if (delivery === "cut") response.write(packed, hangUp);
    else if (delivery === "slow" || delivery === "endless") await writeOn(response, delivery === "slow" ? 1 : 2 ** 20);
    else if (delivery !== "silent") response.end(packed);
  };
}

async function writeOn(response: ServerResponse, length: number): Promise<void> {
  for (const chunk = new Uint8Array(length); !response.destroyed; response.write(chunk)) {
    await new Promise((next) => setTimeout(next, 5));
  }
}
