import { afterAll, beforeAll, expect, test } from "vitest";
import { HttpLocks } from "../../src/http/http-locks.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import { HttpTaskScheduler } from "../../src/http/http-task-scheduler.ts";
import { answer, json, ScriptedServer } from "./scripted-server.ts";

// Small cases of faults that random answers have found.

let server: ScriptedServer;
beforeAll(async () => void (server = await ScriptedServer.start()));
afterAll(() => server.stop());

const metadata = {
  storageKey: "maps/oslo",
  createdAt: "2026-01-02T03:04:05.678Z",
  serializer: { type: "json" },
  libraryVersion: "0.1.0",
};
const foreign = { code: "STORAGE", message: expect.stringContaining("not the results API") as string };
const open = () => ({ url: server.url, timeout: 500 });

test("a page that names itself as the next one ends the listing", async () => {
  server.play(answer(204), json({ records: [], cursor: "c" }));
  await expect(new HttpStorage(open()).clear()).rejects.toMatchObject(foreign);
});

test("a page has no records of other prefixes, and none whose keys are not possible", async () => {
  const records = [metadata, { ...metadata, storageKey: "other" }, { ...metadata, storageKey: "" }];
  server.play(json({ records }));
  const listed = async (prefix: string) =>
    (await new HttpStorage(open()).list({ prefix })).records.map(({ storageKey }) => storageKey);
  expect(await listed("maps/")).toEqual(["maps/oslo"]);
  expect(await listed("")).toEqual(["maps/oslo", "other"]);
});

test("the metadata of another key are no answer", async () => {
  const text = encodeURIComponent(JSON.stringify(metadata));
  server.play(answer(200, { etag: '"e"', "reprise-metadata": text }));
  expect(await new HttpStorage(open()).head("maps/oslo")).toMatchObject({ etag: "e" });
  await expect(new HttpStorage(open()).head("other")).rejects.toMatchObject(foreign);
});

test("a clock that a server does not tell moves no times", async () => {
  const text = encodeURIComponent(JSON.stringify(metadata));
  for (const clock of ["", "-5", "1e999"]) {
    server.play(answer(200, { etag: '"e"', "reprise-metadata": text, "reprise-now": clock }));
    const head = await new HttpStorage(open()).head("maps/oslo");
    expect(head?.metadata.createdAt.toISOString(), clock).toBe(metadata.createdAt);
  }
});

test("parts of leases and of locks that have wrong types are left out", async () => {
  const wrong = { committed: {}, unheldFor: "5", more: 1 };
  server.play(json({ token: 7, expiresIn: 5, isConfirmed: "no", takenOver: true, ...wrong }));
  expect(await new HttpLocks(open()).renew("k", "h", 5)).toStrictEqual({ token: 7, expiresIn: 5, takenOver: true });
  server.play(json({ isLocked: true, isHolder: 1, isLastHolder: false, token: -1, expiresIn: "5", ...wrong }));
  expect(await new HttpLocks(open()).inspect("k")).toStrictEqual({ isLocked: true, isLastHolder: false });
});

test("counts below zero and times without end are none", async () => {
  const scheduler = new HttpTaskScheduler(open());
  server.play(json({ state: "pending", attempts: -1 }));
  await expect(scheduler.inspect("k")).rejects.toMatchObject(foreign);
  server.play(answer(200, {}, '{"state":"pending","attempts":1,"nextAttemptAt":1e999}'));
  expect(await scheduler.inspect("k")).toStrictEqual({ state: "pending", attempts: 1 });
  server.play(json({ latest: -1 }));
  await expect(new HttpStorage(open()).invalidationsSince(0)).rejects.toMatchObject(foreign);
});
