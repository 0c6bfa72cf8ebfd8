import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright";
import { chromiumLaunchOptions } from "../../../scripts/find-chromium.mjs";
import { globalName, type ScriptServer, serveScripts } from "./served-scripts.ts";

export interface BenchBrowserOptions {
  /** Databases belong to the origin of a server, so browsers that share a profile share one. Default: a server of its own. */
  readonly scripts?: ScriptServer;
  /** Its folder stays. Default: one of its own, which goes. */
  readonly profile?: string;
}

/** Chromium with a profile on disk, since a private window would keep IndexedDB in memory. */
export class BenchBrowser implements AsyncDisposable {
  readonly profile: string;
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(profile: string, context: BrowserContext, origin: string, stack: AsyncDisposableStack) {
    this.profile = profile;
    this.#context = context;
    this.#origin = origin;
    this.#stack = stack;
  }

  static async launch({ scripts, profile }: BenchBrowserOptions = {}): Promise<BenchBrowser> {
    const stack = new AsyncDisposableStack();
    const { origin } = scripts ?? stack.use(await serveScripts());
    const folder = profile ?? stack.adopt(await temporaryFolder(), removeFolder);
    const options = { ...(await chromiumLaunchOptions()), headless: true };
    const context = stack.adopt(await chromium.launchPersistentContext(folder, options), (opened) => opened.close());
    return new BenchBrowser(folder, context, origin, stack);
  }

  /** A tab with a script of `tests/bench`. */
  async openPage(script = "browser/browser-cases.ts"): Promise<BenchPage> {
    const page = await this.#context.newPage();
    await page.goto(`${this.#origin}/page/${script}`);
    return new BenchPage(page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "reprise-bench-"));
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** A tab that has a script loaded. */
export class BenchPage implements AsyncDisposable {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Calls what the page's script exports under that name. */
  call<T>(name: string, argument?: unknown): Promise<T> {
    return this.#page.evaluate(`${globalName}.${name}(${JSON.stringify(argument) ?? ""})`);
  }

  async collectGarbage(): Promise<void> {
    await this.#page.requestGC();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
  }
}
