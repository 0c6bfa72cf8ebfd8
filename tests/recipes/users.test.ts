import { afterAll, beforeAll, expect, test } from "vitest";
import { keptText } from "./tools/kept-text.ts";
import { openStorePage } from "./tools/store-page.ts";
import { cookieOf, UserSite } from "./tools/user-site.ts";

let site: UserSite;
beforeAll(async () => {
  site = await UserSite.start();
});
afterAll(() => site[Symbol.asyncDispose]());

test.each([
  ["no cookie", async () => undefined],
  ["a cookie without a signature", async () => "user=ann"],
  ["a cookie that another secret has signed", () => cookieOf("ann", "another secret")],
  ["a cookie for nobody", () => cookieOf("")],
])("a request with %s gets no token", async (_name, cookie) => {
  expect(await site.askToken(await cookie())).toEqual({ status: 401, text: "Sign in first" });
});

test("without a token nothing can be read or written", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const answer = await fetch(`${site.origin}/v1/results/users%2Fann%2Freport`, { method });
    expect(answer.status).toBe(401);
  }
});

test("a user reads and writes their own results, and computes under the lock", async () => {
  const ann = await site.storeOf("ann");
  await ann.write("users/ann/note", "hello");
  expect((await ann.read("users/ann/note"))?.result).toBe("hello");
  expect(await ann.getOrCompute("users/ann/sum", () => 3)).toBe(3);
});

test.each(["users/bob/note", "users/anna/note", "users/", "results/all"])(
  "%s is refused to the user ann",
  async (key) => {
    const ann = await site.storeOf("ann");
    await expect(ann.write(key, "mine")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(ann.read(key)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(ann.withLock(key, () => {})).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  },
);

test("a slash in a name reaches into no other prefix", async () => {
  const mallory = await site.storeOf("bob/notes");
  await expect(mallory.read("users/bob/notes/1")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  await mallory.write("users/bob%2Fnotes/1", "mine");
});

test("a user can't delete or invalidate on the Worker", async () => {
  const ann = await site.storeOf("ann");
  await ann.write("users/ann/kept", 1);
  await expect(ann.delete("users/ann/kept")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  await expect(ann.invalidate({ prefix: "users/ann/" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
});

test("logging out in one tab drops the user's data, and both tabs leave; the Worker keeps the results", async () => {
  const context = await site.browser.newContext();
  await site.signIn(context, "eve");
  let reports = 0;
  context.on("request", (request) => (reports += request.url().endsWith("/report") ? 1 : 0));
  const open = async () => {
    const page = await context.newPage();
    await page.goto(`${site.origin}/?user=eve`);
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
  await stranger.goto(`${site.origin}/?user=eve`);
  await stranger.click("#load");
  await expect.poll(() => errors).toEqual(["Nobody is signed in"]);
  expect(reports).toBe(2);

  await site.signIn(context, "eve");
  await (await open()).getByText(shown).waitFor();
  expect(reports).toBe(2);
});

test.each([
  {
    name: "a computation",
    held: "**/slow",
    begin: () => void (running = store.getOrCompute("users/eve/slow", async () => (await fetch("/slow")).text())),
  },
  {
    name: "a look at the Worker",
    held: "**/v1/results/users*",
    begin: () => void (running = store.read("users/eve/kept").then((record) => record?.result)),
  },
])("$name that runs in another tab during the logout leaves nothing in the browser", async ({ held, begin }) => {
  const secret = "a private text";
  await (await site.storeOf("eve")).write("users/eve/kept", secret);
  const context = await site.browser.newContext();
  await site.signIn(context, "eve");
  const tab = await openStorePage(context, site.origin);
  const other = await openStorePage(context, site.origin);
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await tab.route(held, async (route) => {
    reached.resolve();
    await released.promise;
    await (held === "**/slow" ? route.fulfill({ body: secret }) : route.continue());
  });

  await tab.evaluate(begin);
  await reached.promise;
  await other.evaluate(() => store.invalidate({ prefix: "users/eve/" }, { scope: "local" }));
  released.resolve();
  expect(await tab.evaluate(() => running)).toBe(secret);
  await tab.evaluate(() => store.write("users/eve/last", "written later"));
  const kept = await keptText(other);
  expect(kept).toContain("written later");
  expect(kept).not.toContain(secret);
});

declare global {
  /** In the page alone: what was begun there. */
  var running: Promise<unknown>;
}
