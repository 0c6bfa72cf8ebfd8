import { afterEach, expect, test } from "vitest";
import { HttpLocks } from "../../src/http/http-locks.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import { HttpTaskScheduler } from "../../src/http/http-task-scheduler.ts";
import { sample } from "../../src/testing/storages/storage-scene.ts";
import { answer, ScriptedServer, type Act } from "./scripted-server.ts";

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(act: Act): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(act);
  servers.push(server);
  return server;
}

test.for([301, 302, 303, 307, 308])(
  "a redirect by %i carries no record and no token to another server",
  async (status) => {
    const other = await start(answer(204, { etag: '"e"' }));
    const server = await start(
      (response, { url }) => void response.writeHead(status, { location: other.url + url }).end(),
    );
    const options = { url: server.url, token: "secret", headers: { "X-Api-Key": "secret" } };
    const [storage, locks, scheduler] = [
      new HttpStorage(options),
      new HttpLocks(options),
      new HttpTaskScheduler(options),
    ];
    const { bytes, metadata } = sample("k");
    const calls = [
      () => storage.read("k"),
      () => storage.head("k"),
      () => storage.write("k", bytes, { metadata }),
      () => storage.delete("k"),
      () => storage.list(),
      () => locks.acquire("k", { holder: "a", holdTimeout: 1, wait: 0, comesBack: false }),
      () => locks.renew("k", "a", 1),
      () => locks.release("k", "a"),
      () => locks.inspect("k"),
      () => locks.wait("k", 1),
      () => scheduler.submit({ task: "t", key: "k", parameters: bytes }),
      () => scheduler.inspect("k"),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: "STORAGE",
        message: expect.stringContaining(`redirects to ${other.url}`) as string,
      });
    }
    expect(other.received).toEqual([]);
    expect(server.received).toHaveLength(calls.length);
  },
);

test("an answer to which a replaced fetch was led by a redirect is not taken", async () => {
  const other = await start(answer(204, { etag: '"e"' }));
  const server = await start(answer(307, { location: other.url }));
  const fetch = (url: string, init: RequestInit) => globalThis.fetch(url, { ...init, redirect: "follow" });
  const { bytes, metadata } = sample("k");
  const writing = new HttpStorage({ url: server.url, fetch }).write("k", bytes, { metadata });
  await expect(writing).rejects.toMatchObject({
    code: "STORAGE",
    message: expect.stringMatching(/set url to/) as string,
  });
});
