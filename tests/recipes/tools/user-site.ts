import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSignedCookie } from "hono/cookie";
import { type Browser, type BrowserContext, chromium } from "playwright";
import { chromiumLaunchOptions } from "../../../scripts/find-chromium.mjs";
import { DevalueSerializer, ResultStore } from "../../../src/core/index.ts";
import { HttpLockManager, HttpStorage } from "../../../src/http/index.ts";
import { WranglerServer } from "../../demo/wrangler-server.ts";
import { folderOf } from "./commands.ts";
import { buildPages } from "./recipe-site.ts";
import { addStorePage } from "./store-page.ts";

const sessionSecret = "a secret that only the tests know, for sessions";
const secrets = `REPRISE_SECRET="a secret that only the tests know, long enough"
SESSION_SECRET="${sessionSecret}"
`;

/** The cookie that the sign-in of the recipe would set. */
export const cookieOf = (user: string, secret = sessionSecret) => generateSignedCookie("user", user, secret);

/** The Worker of the recipe for tokens, with the pages of the recipe for logout, and a browser. */
export class UserSite implements AsyncDisposable {
  readonly #server: WranglerServer;
  readonly browser: Browser;

  private constructor(server: WranglerServer, browser: Browser) {
    this.#server = server;
    this.browser = browser;
  }

  static async start(): Promise<UserSite> {
    await writeFile(join(folderOf("user-tokens"), ".dev.vars"), secrets);
    const storePage = await addStorePage("logout", 'import { store } from "./user-store.ts";');
    const assets = await buildPages("logout", ["index.html", storePage]);
    const args = ["--config", join(folderOf("user-tokens"), "wrangler.toml")];
    const launching = chromium.launch(await chromiumLaunchOptions());
    return new UserSite(await WranglerServer.start({ args, assets }), await launching);
  }

  get origin(): string {
    return this.#server.origin;
  }

  async askToken(cookie?: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.origin}/results-token`, cookie === undefined ? {} : { headers: { cookie } });
    return { status: answer.status, text: await answer.text() };
  }

  /** A store over the Worker's records, with the token of the user. */
  async storeOf(user: string): Promise<ResultStore> {
    const { text: token } = await this.askToken(await cookieOf(user));
    const options = { url: this.origin, token };
    return new ResultStore({
      resultStorage: new HttpStorage(options),
      lockManager: new HttpLockManager(options),
      serializer: new DevalueSerializer(),
    });
  }

  async signIn(context: BrowserContext, user: string): Promise<void> {
    const [name, value] = (await cookieOf(user)).split(";")[0]!.split(/=(.*)/);
    await context.addCookies([{ name: name!, value: value!, url: this.origin }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.browser.close(), this.#server.close()]);
  }
}
