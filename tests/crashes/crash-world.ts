import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Page } from "playwright";
import { ChainModel } from "./chain-model.ts";
import { CounterModel, type CounterStep } from "./counter-model.ts";
import { type CrashSite, startCrashSite } from "./crash-site.ts";
import { MortalChromium } from "./mortal-chromium.ts";
import type { CrashPage, Note } from "./page.ts";

declare const window: { readonly crashPage: CrashPage };

const pages = ["first", "second"] as const;
export type PageName = (typeof pages)[number];

const chainsOf = (name: PageName): string[] => ["a", "b", "c"].map((letter) => `${name}/${letter}`);
const allChains = pages.flatMap(chainsOf);
const allKeys = ["counter", ...allChains.flatMap((chain) => [`${chain}/x`, `${chain}/y`])];

/** Two pages of one profile that change records and count under a lock, and models of what has to be there. */
export class CrashWorld implements AsyncDisposable {
  readonly counter = new CounterModel();
  readonly #chains = new Map(allChains.map((chain) => [chain, new ChainModel()]));
  readonly #counted = new Map<PageName, number>();
  readonly #received = new Set<string>();
  readonly #errors: unknown[] = [];
  #onCount: ((page: PageName, step: CounterStep) => void) | undefined;
  #version = 0;
  chromium!: MortalChromium;

  readonly site: CrashSite;
  readonly #profile: string;

  private constructor(site: CrashSite, profile: string) {
    this.site = site;
    this.#profile = profile;
  }

  static async start(): Promise<CrashWorld> {
    const world = new CrashWorld(await startCrashSite(), await mkdtemp(join(tmpdir(), "reprise-crashes-")));
    await world.startBrowser();
    return world;
  }

  async startBrowser(): Promise<void> {
    this.chromium = await MortalChromium.start(this.#profile);
    await this.chromium.context.exposeBinding("receive", (_, id: string, note: Note) => this.#receive(id, note));
  }

  async open(): Promise<Page> {
    const page = await this.chromium.context.newPage();
    await page.goto(this.site.origin);
    await page.waitForFunction(() => "crashPage" in window);
    return page;
  }

  async work(page: Page, name: PageName, seed: number): Promise<void> {
    await this.#start(page, name, chainsOf(name), seed);
  }

  /** Increments the counter alone. */
  async count(page: Page, name: PageName): Promise<void> {
    await this.#start(page, name, [], 0);
  }

  async #start(page: Page, name: PageName, chains: string[], seed: number): Promise<void> {
    const work = { page: name, chains, from: (this.#version += 100_000), seed };
    await page.evaluate((given) => window.crashPage.start(given), work);
  }

  stop(page: Page): Promise<void> {
    return page.evaluate(() => window.crashPage.stop());
  }

  /** Stops the process of a page while the page has the lock of the counter: before its write, or after it. */
  stopAt(name: PageName, step: CounterStep, renderer: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onCount = (page, reached) => {
        if (page !== name || reached !== step) return;
        this.#onCount = undefined;
        process.kill(renderer, "SIGSTOP");
        resolve();
      };
    });
  }

  /** How often the page has incremented the counter. */
  counted(name: PageName): number {
    return this.#counted.get(name) ?? 0;
  }

  /** Checks what a page finds of the chains, and of the counter, while no page of these works. */
  async check(page: Page, names: readonly PageName[] = pages): Promise<void> {
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, String(this.#errors[0]));
    const { chains, counter } = await page.evaluate((all) => window.crashPage.look(all), names.flatMap(chainsOf));
    for (const [chain, found] of Object.entries(chains)) this.#chains.get(chain)!.resume(chain, found);
    if (names.length === pages.length) this.counter.resume(counter);
  }

  /** Milliseconds until a page had each lock once. */
  lockAll(page: Page): Promise<number> {
    return page.evaluate((keys) => window.crashPage.lockAll(keys), allKeys);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chromium.kill();
    await this.site[Symbol.asyncDispose]();
    await rm(this.#profile, { recursive: true, maxRetries: 5, retryDelay: 100 });
  }

  #receive(id: string, note: Note): void {
    if (this.#received.has(id)) return;
    this.#received.add(id);
    try {
      if (note.kind === "begin") this.#chains.get(note.chain)!.begin(note);
      else if (note.kind === "end") this.#chains.get(note.chain)!.end(note);
      else if (note.kind === "error") throw new Error(`The ${note.page} page: ${note.text}`);
      else this.#count(note.page as PageName, note.step);
    } catch (error) {
      this.#errors.push(error);
    }
  }

  #count(page: PageName, step: CounterStep): void {
    this.#onCount?.(page, step);
    this.counter.note(page, step);
    if (step === "end") this.#counted.set(page, this.counted(page) + 1);
  }
}
