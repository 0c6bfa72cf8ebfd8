import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HttpClient } from "../../src/http/requests/http-client.ts";
import { HttpLocks } from "../../src/http/http-locks.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import { HttpTaskScheduler } from "../../src/http/http-task-scheduler.ts";
import { readHostile } from "../trials/reading.ts";
import { trial } from "../trials/trial.ts";
import { actOf, hostileAnswer } from "./hostile-answers.ts";
import { calls } from "./hostile-calls.ts";
import { ScriptedServer } from "./scripted-server.ts";

/** Those of a server that answers, besides those of a lock. */
const codes = /^(STORAGE|ACCESS|CONFIGURATION|CORRUPT|UNSUPPORTED|RECORD|PRECONDITION|INVALIDATED|LOCK|STALE)/;
let server: ScriptedServer;
beforeAll(async () => void (server = await ScriptedServer.start()));
afterAll(() => server.stop());

function openClients() {
  const client = new HttpClient({ url: server.url, timeout: 40 });
  return { storage: new HttpStorage(client), locks: new HttpLocks(client), scheduler: new HttpTaskScheduler(client) };
}

async function expectRight(name: string, make = calls[name]!.make): Promise<void> {
  const clients = openClients();
  const reading = await readHostile({ codes, read: () => make(clients) }, new Uint8Array());
  if ("value" in reading && !calls[name]!.isRight(reading.value as never)) {
    throw new Error(`${name} took ${JSON.stringify(reading.value)} for an answer`);
  }
}

trial(
  "each call of a client ends in time, with a fitting value or a typed error, for any answer of a server",
  { kind: "inputs", short: 60, long: 12_000 },
  fc.asyncProperty(
    fc.constantFrom(...Object.keys(calls)),
    fc.array(hostileAnswer, { minLength: 1, maxLength: 3 }),
    async (name, answers) => {
      server.play(...answers.map(actOf));
      await expectRight(name);
    },
  ),
);

test("a client that takes anything for a lease, or metadata of another key, is noticed", async () => {
  await expect(expectRight("acquire", async () => ({ token: 1e300, expiresIn: 1 }))).rejects.toThrow("for an answer");
  await expect(expectRight("head", async () => ({ etag: "e", metadata: { storageKey: "other" } }))).rejects.toThrow(
    "for an answer",
  );
});
