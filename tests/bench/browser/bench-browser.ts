import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type BrowserContext, chromium, type Page } from "playwright";
import { chromiumLaunchOptions } from "../../../scripts/find-chromium.mjs";

/** What `browser-cases.ts` exports, in the page under this name. */
const globalName = "bench";

/** Chromium with a profile on disk, since a private window would keep IndexedDB in memory. */
export class BenchBrowser implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #close: () => Promise<void>;

  private constructor(context: BrowserContext, origin: string, close: () => Promise<void>) {
    this.#context = context;
    this.#origin = origin;
    this.#close = close;
  }

  static async launch(): Promise<BenchBrowser> {
    const script = await bundle();
    const server = createServer(({ url }, response) => {
      const isScript = url === "/bench.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : "<!doctype html><title>Bench</title><script src=/bench.js></script>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const profile = await mkdtemp(join(tmpdir(), "reprise-bench-"));
    const context = await chromium.launchPersistentContext(profile, {
      ...(await chromiumLaunchOptions()),
      headless: true,
    });
    return new BenchBrowser(context, `http://127.0.0.1:${port}`, async () => {
      await context.close();
      server.close();
      await rm(profile, { recursive: true, force: true });
    });
  }

  async openPage(): Promise<BenchPage> {
    const page = await this.#context.newPage();
    await page.goto(this.#origin);
    return new BenchPage(page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** A tab that has the cases loaded. */
export class BenchPage implements AsyncDisposable {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Calls what `browser-cases.ts` exports under that name. */
  call<T>(name: string, argument: unknown): Promise<T> {
    return this.#page.evaluate(`${globalName}.${name}(${JSON.stringify(argument)})`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
  }
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "browser-cases.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    globalName,
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
