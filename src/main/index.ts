/** Reprise for Node and any other runtime. TypeScript reads its types in some apps for browsers too. */
import type { CreateResultStoreOptions as BrowserOptions } from "../browser/store/create-result-store.ts";
import type { ResultStore } from "../core/store/result-store.ts";
import { createResultStore as createNodeStore, type CreateResultStoreOptions as NodeOptions } from "../node/index.ts";

export * from "../node/index.ts";

/**
 * The options of `createResultStore`: those of Node, or those of browsers in a project with the DOM's types and without
 * Node's. Under `node16` and `nodenext`, TypeScript reads these types in apps for browsers too.
 */
export type CreateResultStoreOptions = typeof globalThis extends { document: object }
  ? typeof globalThis extends { process: object }
    ? NodeOptions
    : BrowserOptions
  : NodeOptions;

/** A store for this runtime. See `createResultStore` of `reprise/browser`, and of `reprise/node`. */
export const createResultStore: (options?: CreateResultStoreOptions) => ResultStore = createNodeStore;
