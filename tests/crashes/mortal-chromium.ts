import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { chromiumLaunchOptions } from "../../scripts/find-chromium.mjs";

const launchOptions = chromiumLaunchOptions();

/** A Chromium with a profile on disk, whose processes a test may stop and kill. Unlike Playwright's, it caches pages to go back to. */
export class MortalChromium {
  readonly #child: ChildProcess;
  readonly #browser: Browser;
  readonly context: BrowserContext;

  private constructor(child: ChildProcess, browser: Browser) {
    this.#child = child;
    this.#browser = browser;
    this.context = browser.contexts()[0]!;
  }

  static async start(profile: string): Promise<MortalChromium> {
    const { executablePath = chromium.executablePath(), args } = await launchOptions;
    const own = ["--headless=new", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    // a process group of its own, which is killed at once
    const child = spawn(executablePath, [...own, ...args], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
    for await (const line of createInterface(child.stderr)) {
      const address = /^DevTools listening on (ws:.+)$/.exec(line)?.[1];
      if (address === undefined) continue;
      child.stderr.resume();
      return new MortalChromium(child, await chromium.connectOverCDP(address, { timeout: 120_000 }));
    }
    throw new Error("Chromium ended before it listened");
  }

  /** Kills all processes of the browser. */
  async kill(): Promise<void> {
    const ended = once(this.#child, "exit");
    process.kill(-this.#child.pid!, "SIGKILL");
    await ended;
    await this.#browser.close();
  }

  /** The id of the process that runs the page: the one that uses the processor when the page does. */
  async rendererOf(page: Page): Promise<number> {
    const session = await this.#browser.newBrowserCDPSession();
    const seconds = async () => {
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      return processInfo.filter(({ type }) => type === "renderer");
    };
    const busiest = async (): Promise<number> => {
      const before = new Map((await seconds()).map(({ id, cpuTime }) => [id, cpuTime]));
      await page.evaluate("for (const end = performance.now() + 200; performance.now() < end; );");
      const used = (await seconds()).map(({ id, cpuTime }) => ({ id, used: cpuTime - (before.get(id) ?? 0) }));
      const [first, second] = used.toSorted((one, other) => other.used - one.used);
      // a process that has just started uses the processor too
      return first && first.used > 3 * (second?.used ?? 0) ? first.id : busiest();
    };
    const found = await busiest();
    await session.detach();
    return found;
  }
}
