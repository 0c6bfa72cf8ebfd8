import type { BrowserContext, Page, Worker } from "playwright";
import { expect } from "vitest";
import type { DemoSite } from "./demo-site.ts";
import { InspectorPanel } from "./inspector-panel.ts";

/** A map that is there at once. */
export const quickMap = "dataset=earthquakes&bandwidth=300&resolution=360";
/** One that takes seconds, so that there is time to do something to it. */
export const slowMap = "dataset=zipcodes&bandwidth=35&resolution=1440";
export const quickKey = "density/v1/earthquakes/300km/360";
export const slowKey = "density/v1/zipcodes/35km/1440";

/** Waits for what a look gives, however busy the machine is. */
export function eventually<T>(look: () => T | Promise<T>, timeout = 45_000) {
  return expect.poll(look, { timeout, interval: 50 });
}

/** Whether the worker computes a map. The worker that draws maps has a file of its own. */
const computes = (worker: Worker) => worker.url().startsWith("blob:");

/** A tab with the demo in it, as its reader sees it. */
export class DemoPage {
  readonly page: Page;
  /** Computations that this tab has begun: each has a worker of its own. */
  workers = 0;
  /** What went wrong without anyone handling it. */
  readonly errors: string[] = [];
  readonly inspector: InspectorPanel;

  constructor(page: Page) {
    this.page = page;
    this.inspector = new InspectorPanel(page);
    page.on("worker", (worker) => (this.workers += Number(computes(worker))));
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** Without the edge, unless the query says otherwise: this browser is then on its own. */
  static async open(site: Pick<DemoSite, "origin">, context: BrowserContext, query: string): Promise<DemoPage> {
    const demo = new DemoPage(await context.newPage());
    await demo.page.goto(`${site.origin}/?${query.includes("edge=") ? query : `${query}&edge=off`}`);
    return demo;
  }

  /** Computations that run now. */
  computing(): number {
    return this.page.workers().filter(computes).length;
  }

  /** The state of the latest request. */
  state(): Promise<string | null> {
    return this.page.locator("#status").getAttribute("data-state");
  }

  status(): Promise<string> {
    return this.page.locator("#status").innerText();
  }

  /** How far the computation of the latest request is, as the bar shows it. 0: the bar doesn't tell. */
  share(): Promise<number> {
    return this.page.locator("#progress").evaluate((bar: HTMLProgressElement) => bar.value);
  }

  /** All that the bar shows while the latest request is in `state`. */
  sharesWhile(state: string): Promise<number[]> {
    return this.page.locator("#progress").evaluate(
      (bar: HTMLProgressElement, wanted) =>
        new Promise<number[]>((resolve) => {
          const seen: number[] = [];
          const look = () => {
            if (document.querySelector<HTMLElement>("#status")?.dataset["state"] !== wanted) resolve(seen);
            else if (bar.position >= 0 && bar.value !== seen.at(-1)) seen.push(bar.value);
          };
          new MutationObserver(look).observe(bar.parentElement!, { attributes: true, subtree: true });
          look();
        }),
      state,
    );
  }

  /** What is said of the picture. */
  caption(): Promise<string> {
    return this.page.locator("#caption").innerText();
  }

  /** Where each answer came from, the latest first, in the page's words. */
  sources(): Promise<string[]> {
    return this.page.locator("#requests .source").allInnerTexts();
  }

  notes(): Promise<string[]> {
    return this.page.locator("#requests .notes p").allInnerTexts();
  }

  async untilState(state: string): Promise<void> {
    await eventually(() => this.state()).toBe(state);
  }

  /** Once the latest request is answered: where from. */
  async answer(): Promise<string | undefined> {
    await this.untilState("answered");
    return (await this.sources())[0];
  }

  /** What is written for the two times: computed, and replayed. */
  times(): Promise<string[]> {
    return this.page.locator(".times .number").allInnerTexts();
  }

  /** Once anything is drawn, if only the land. */
  async untilPainted(): Promise<void> {
    await this.page.locator("#map[data-painted]").waitFor();
  }

  /** Once it hears of changes in other tabs: it shows the inspector at the same time. */
  async untilListening(): Promise<void> {
    await this.page.locator("#inside").waitFor();
  }

  /** The map that is drawn, by its data set. */
  async untilDrawn(dataset: string): Promise<void> {
    await this.page.locator(`#map[data-dataset="${dataset}"]`).waitFor();
  }

  /** Asks for the map that the controls say. */
  async ask(): Promise<void> {
    await this.page.locator("#compute").click();
  }

  /** The keys in the inspector. */
  keys(): Promise<string[]> {
    return this.inspector.keys();
  }

  /** Who holds and waits for which lock. */
  locks(): Promise<string[]> {
    return this.inspector.locks();
  }
}
