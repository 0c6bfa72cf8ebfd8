import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSignedCookie } from "hono/cookie";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Browser, chromium } from "playwright";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";
import { DevalueSerializer, ResultStore } from "../../src/core/index.ts";
import { HttpLockManager, HttpStorage } from "../../src/http/index.ts";
import { WranglerServer } from "../demo/wrangler-server.ts";
import { folderOf } from "./tools/commands.ts";
import { keptText } from "./tools/kept-text.ts";
import { buildPages } from "./tools/recipe-site.ts";

const sessionSecret = "a secret that only the tests know, for sessions";

let server: WranglerServer;
let browser: Browser;
beforeAll(async () => {
  const secrets = `REPRISE_SECRET="a secret that only the tests know, long enough"\nSESSION_SECRET="${sessionSecret}"\n`;
  await writeFile(join(folderOf("user-tokens"), ".dev.vars"), secrets);
  const assets = await buildPages("logout");
  const args = ["--config", join(folderOf("user-tokens"), "wrangler.toml")];
  [server, browser] = await Promise.all([
    WranglerServer.start({ args, assets }),
    chromium.launch(await chromiumLaunchOptions()),
  ]);
});
afterAll(() => Promise.all([server?.close(), browser?.close()]));

/** The cookie that the sign-in of the recipe would set. */
const cookieOf = (user: string, secret = sessionSecret) => generateSignedCookie("user", user, secret);

const askToken = (cookie?: string) =>
  fetch(`${server.origin}/results-token`, cookie === undefined ? {} : { headers: { cookie } });

async function storeOf(user: string): Promise<ResultStore> {
  const token = await (await askToken(await cookieOf(user))).text();
  const options = { url: server.origin, token };
  return new ResultStore({
    resultStorage: new HttpStorage(options),
    lockManager: new HttpLockManager(options),
    serializer: new DevalueSerializer(),
  });
}

test.each([
  ["no cookie", async () => undefined],
  ["a cookie without a signature", async () => "user=ann"],
  ["a cookie that another secret has signed", () => cookieOf("ann", "another secret")],
  ["a cookie for nobody", () => cookieOf("")],
])("a request with %s gets no token", async (_name, cookie) => {
  const answer = await askToken(await cookie());
  expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 401, text: "Sign in first" });
});

test("without a token nothing can be read or written", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const answer = await fetch(`${server.origin}/v1/results/users%2Fann%2Freport`, { method });
    expect(answer.status).toBe(401);
  }
});

test("a user reads and writes their own results, and computes under the lock", async () => {
  const ann = await storeOf("ann");
  await ann.write("users/ann/note", "hello");
  expect((await ann.read("users/ann/note"))?.result).toBe("hello");
  expect(await ann.getOrCompute("users/ann/sum", () => 3)).toBe(3);
});

test.each(["users/bob/note", "users/anna/note", "users/", "results/all"])(
  "%s is refused to the user ann",
  async (key) => {
    const ann = await storeOf("ann");
    await expect(ann.write(key, "mine")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(ann.read(key)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(ann.withLock(key, () => {})).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  },
);

test("a slash in a name reaches into no other prefix", async () => {
  const mallory = await storeOf("bob/notes");
  await expect(mallory.read("users/bob/notes/1")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  await mallory.write("users/bob%2Fnotes/1", "mine");
});

test("a user can't delete or invalidate on the Worker", async () => {
  const ann = await storeOf("ann");
  await ann.write("users/ann/kept", 1);
  await expect(ann.delete("users/ann/kept")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  await expect(ann.invalidate({ prefix: "users/ann/" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
});

test("logging out in one tab drops the user's data, and both tabs leave; the Worker keeps the results", async () => {
  const context = await browser.newContext();
  const [name, value] = (await cookieOf("eve")).split(";")[0]!.split(/=(.*)/);
  const signIn = () => context.addCookies([{ name: name!, value: value!, url: server.origin }]);
  await signIn();
  let reports = 0;
  context.on("request", (request) => (reports += request.url().endsWith("/report") ? 1 : 0));
  const open = async () => {
    const page = await context.newPage();
    await page.goto(`${server.origin}/?user=eve`);
    await page.click("#load");
    return page;
  };
  const shown = "The report of eve";

  const tabs = [await open(), await open()];
  for (const tab of tabs) await tab.getByText(shown).waitFor();
  expect(reports).toBe(1);
  expect(await keptText(tabs[0]!)).toContain(shown);
  const transfers = () =>
    performance
      .getEntriesByType("resource")
      .filter(({ name: url }) => url.endsWith("/results-token"))
      .map((entry) => (entry as PerformanceResourceTiming).transferSize);
  const sizes = await tabs[0]!.evaluate(transfers);
  expect(sizes.slice(1), "the browser's cache answers for the token").toEqual(sizes.slice(1).map(() => 0));

  await tabs[0]!.click("#logout");
  for (const tab of tabs) await tab.waitForURL("**/signed-out*");
  expect(await keptText(tabs[1]!)).not.toContain(shown);

  const stranger = await context.newPage();
  const errors: string[] = [];
  stranger.on("pageerror", ({ message }) => errors.push(message));
  await stranger.goto(`${server.origin}/?user=eve`);
  await stranger.click("#load");
  await expect.poll(() => errors).toEqual(["Nobody is signed in"]);
  expect(reports).toBe(2);

  await signIn();
  await (await open()).getByText(shown).waitFor();
  expect(reports).toBe(2);
});
