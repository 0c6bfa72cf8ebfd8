import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Page } from "playwright";
import { ChainModel } from "./chain-model.ts";
import { CounterModel, type CounterStep } from "./counter-model.ts";
import { type CrashSite, startCrashSite } from "./crash-site.ts";
import { MortalChromium } from "./mortal-chromium.ts";
import { LedgerModel } from "./ledger-model.ts";
import type { Note } from "./page-store.ts";
import type { CrashPage, Work } from "./page.ts";

declare const window: { readonly crashPage: CrashPage };

const pages = ["first", "second"] as const;
export type PageName = (typeof pages)[number];
export type StopStep = "begin" | "write" | "end";

const chainsOf = (name: PageName): string[] => ["a", "b", "c"].map((letter) => `${name}/${letter}`);
const allChains = pages.flatMap(chainsOf);
/** Lists, one for each of the five writers of a page. */
const recordsOf = (name: PageName): string[][] =>
  [1, 2, 3, 4, 5].map((writer) => Array.from({ length: 8 }, (_, at) => `${name}/record/${writer}/${at}`));
const allRecords = pages.flatMap(recordsOf).flat();
const allKeys = ["counter", ...allChains.flatMap((chain) => [`${chain}/x`, `${chain}/y`])];

/** Two pages of one profile that change records and count under a lock, and models of what has to be there. */
export class CrashWorld implements AsyncDisposable {
  #counter = new CounterModel();
  #ledger = new LedgerModel();
  #chains = new Map<string, ChainModel>();
  readonly #counted = new Map<PageName, number>();
  readonly #received = new Set<string>();
  readonly #errors: unknown[] = [];
  #onCount: ((page: PageName, step: CounterStep) => void) | undefined;
  #version = 0;
  #origins = 0;
  chromium!: MortalChromium;

  readonly site: CrashSite;
  readonly #profile: string;

  private constructor(site: CrashSite, profile: string) {
    this.site = site;
    this.#profile = profile;
    this.moveOn();
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

  /** Pages that are opened from now on are of another origin. */
  moveOn(): void {
    this.#origins++;
    this.#counter = new CounterModel();
    this.#ledger = new LedgerModel();
    this.#chains = new Map(allChains.map((chain) => [chain, new ChainModel()]));
  }

  get origin(): string {
    return this.site.originOf(this.#origins);
  }

  async open(): Promise<Page> {
    const page = await this.chromium.context.newPage();
    await page.goto(this.origin);
    await page.waitForFunction(() => "crashPage" in window);
    return page;
  }

  async work(page: Page, name: PageName, seed: number): Promise<void> {
    await this.#start(page, { page: name, chains: chainsOf(name), records: recordsOf(name), counts: true, seed });
  }

  /** Increments the counter alone. */
  async count(page: Page, name: PageName): Promise<void> {
    await this.#start(page, { page: name, counts: true });
  }

  /** Reads records, and nothing else. */
  async read(page: Page, name: PageName): Promise<void> {
    await this.#start(page, { page: name, reads: allRecords });
  }

  async #start(page: Page, given: Pick<Work, "page"> & Partial<Work>): Promise<void> {
    const from = (this.#version += 100_000);
    const work = { chains: [], records: [], reads: [], counts: false, seed: 0, ...given, from };
    await page.evaluate((whole) => window.crashPage.start(whole), work);
  }

  stop(page: Page): Promise<void> {
    return page.evaluate(() => window.crashPage.stop());
  }

  /** Stops the process of a page while the page has the lock of the counter: before its write, just as it writes, or after it. */
  stopAt(name: PageName, step: StopStep, renderer: number): Promise<void> {
    return new Promise((resolve) => {
      const reach = (page: string, reached: CounterStep | StopStep) => {
        if (page !== name || reached !== step) return;
        this.#onCount = this.site.onWrite = undefined;
        process.kill(renderer, "SIGSTOP");
        resolve();
      };
      this.#onCount = reach;
      this.site.onWrite = (page) => reach(page, "write");
    });
  }

  /** How often the page has incremented the counter. */
  counted(name: PageName): number {
    return this.#counted.get(name) ?? 0;
  }

  /** Checks what a page finds of the chains, and of the counter, while no page of these works. */
  async check(page: Page): Promise<void> {
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, String(this.#errors[0]));
    const asked = [allChains, allRecords] as const;
    const { chains, ledger, counter } = await page.evaluate((all) => window.crashPage.look(...all), asked);
    for (const [chain, found] of Object.entries(chains)) this.#chains.get(chain)!.resume(chain, found);
    this.#ledger.resume(ledger);
    this.#counter.resume(counter);
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
      else if (note.kind === "write") this.#ledger.begin(note.record, note.version);
      else if (note.kind === "written") this.#ledger.end(note.record);
      else if (note.kind === "error") throw new Error(`The ${note.page} page: ${note.text}`);
      else this.#count(note.page as PageName, note.step);
    } catch (error) {
      this.#errors.push(error);
    }
  }

  #count(page: PageName, step: CounterStep): void {
    this.#onCount?.(page, step);
    this.#counter.note(page, step);
    if (step === "end") this.#counted.set(page, this.counted(page) + 1);
  }
}
