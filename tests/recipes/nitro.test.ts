import { spawn } from "node:child_process";
import process from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../../scripts/demo-server.mjs";
import { folderOf, runCommandsOf } from "./tools/commands.ts";

/** Serves the built app in a process of its own. Resolves once it listens. */
async function serve(port: number) {
  const env = { ...process.env, HOST: "127.0.0.1", PORT: `${port}` };
  const server = spawn(process.execPath, [".output/server/index.mjs"], { cwd: folderOf("nitro"), env });
  onTestFinished(() => void server.kill("SIGKILL"));
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (output += String(text)));
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const ask = async (path: string, method = "GET") =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { method })).text();
  await vi.waitFor(() => ask("/"));
  return {
    ask,
    async end() {
      server.kill("SIGTERM");
      await ended;
      return output;
    },
  };
}

test("cached functions and handlers of Nitro find their entries in the store, also after a restart, until they are invalidated", async () => {
  await runCommandsOf("nitro");
  // the keys of handlers hold the host
  const port = await freePort(0);
  const first = await serve(port);
  const sums = await Promise.all([first.ask("/sum?n=4"), first.ask("/sum?n=4")]);
  const page = await first.ask("/page");
  expect(JSON.parse(sums[0])).toEqual({ sum: 10, computed: expect.any(String) as string });
  expect(page).toMatch(/^<h1>.+<\/h1>$/);
  expect([sums[1], await first.ask("/sum?n=4"), await first.ask("/page")]).toEqual([sums[0], sums[0], page]);
  expect(await first.ask("/sum?n=5")).toContain('"sum":15');
  expect(await first.end()).not.toMatch(/error/i);

  const second = await serve(port);
  expect([await second.ask("/sum?n=4"), await second.ask("/page")]).toEqual([sums[0], page]);
  expect(await second.ask("/change", "POST")).toBe("changed");
  const again = await second.ask("/sum?n=4");
  expect(JSON.parse(again)).toMatchObject({ sum: 10 });
  expect(again).not.toBe(sums[0]);
  expect([await second.ask("/sum?n=4"), await second.ask("/page")]).toEqual([again, page]);
  expect(await second.end()).not.toMatch(/error/i);
});
