import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  beginPath,
  deferPath,
  invalidationsPath,
  lockPath,
  outcomeMediaType,
  resultPath,
} from "../../../src/http/requests/protocol.ts";
import { createApi, secret } from "../api-tools.ts";
import { type Answering, askHostile } from "./ask-hostile.ts";
import { type HostileRequest, hostileRequest } from "./hostile-requests.ts";

const request: HostileRequest = {
  ...fc.sample(hostileRequest, { numRuns: 1, seed: 1 })[0]!,
  ...{ method: "GET", path: resultPath("h/a"), headers: {}, ignored: {}, body: undefined },
  authorization: { isGood: false, header: async () => "Bearer a.b.c" },
};

const answers: readonly (readonly [string, Answering, string])[] = [
  ["fails", async () => new Response("", { status: 500 }), "failure of the server"],
  ["tells the secret", async () => new Response(secret, { status: 400 }), "tells a secret"],
  ["tells of the code", async () => new Response("at read (a.ts:1)", { status: 400 }), "tells of the code"],
  ["answers without a right", async () => new Response("the record"), "without a right"],
  [
    "answers anybody with an outcome",
    async () => new Response("{}", { headers: { "content-type": outcomeMediaType } }),
    "does not accept",
  ],
  ["answers what no document names", async () => new Response("", { status: 418 }), "not in the document"],
  [
    "takes its time",
    () => new Promise((resolve) => setTimeout(() => resolve(new Response("", { status: 401 })), 1_050)),
    "longer than a second",
  ],
];

test.each(answers)("a server that %s is noticed", async (_, answering, complaint) => {
  await expect(askHostile(answering, request)).rejects.toThrow(complaint);
});

test.each([
  ["PUT", resultPath("h/a"), "application/vnd.reprise.record"],
  ["POST", beginPath("h/a"), "application/json"],
  ["POST", invalidationsPath, "application/json"],
  ["POST", lockPath("h/a", "acquire"), "application/json"],
  ["POST", deferPath("h/a", "task"), "application/vnd.reprise.record"],
])(
  "a body that the client breaks off is the client's fault, and nobody has to look after it: %s %s",
  async (method, path, type) => {
    const { call, reported } = await createApi();
    for (const ignored of [{}, { "content-length": "5" }]) {
      const answer = await call(path, { method, body: broken(), headers: { "content-type": type }, ignored });
      expect([answer.status, reported]).toEqual([400, []]);
    }
  },
);

function broken(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(new Error("Network connection lost")) });
}
