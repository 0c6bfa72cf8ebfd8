import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { WranglerServer } from "../demo/wrangler-server.ts";
import { folderOf } from "./tools/commands.ts";

test("a request starts the work, and later ones get its result", async () => {
  const server = await WranglerServer.start({ args: ["--config", join(folderOf("deferred"), "wrangler.toml")] });
  onTestFinished(() => server.close());
  const ask = async (limit: number | string) => {
    const answer = await fetch(`${server.origin}/?limit=${limit}`);
    return { status: answer.status, text: await answer.text() };
  };

  const first = await ask(1_000_000);
  expect(first.status).toBe(202);
  expect(first.text).toMatch(/^{"state":"(?:pending|running)"}$/);
  await expect.poll(() => ask(1_000_000)).toEqual({ status: 200, text: '{"state":"done","count":78498}' });
  expect(await ask("x")).toEqual({ status: 400, text: "limit has to be 2 to 10000000" });
});
