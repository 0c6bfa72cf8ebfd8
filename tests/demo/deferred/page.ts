import { createResultStore, remote, task } from "../../../src/browser/index.ts";

/** What the page has for its test. */
export interface DeferringPage {
  /** Hands the call over. Gives the key of its result. */
  defer(name: string): Promise<string>;
  /** Waits for the result of the same call. */
  result(name: string): Promise<unknown>;
}

const store = createResultStore({ remote: remote({ url: location.origin }) });

const slow = task(
  (_: { name: string }): unknown => {
    throw new Error("The page was to compute it itself");
  },
  { name: "slow", version: "1", store },
);

const page: DeferringPage = {
  defer: async (name) => (await slow.defer([{ name }])).key,
  result: async (name) => (await slow.defer([{ name }])).result(),
};

Object.assign(window, { page });
