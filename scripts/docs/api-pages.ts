/** A page of docs/api: what is exported from these folders. A folder counts for the first page that names it or one above it. */
export interface ApiPage {
  /** The file, without `.md`. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly folders: readonly string[];
}

/** The modules of the entries, with the names that users import. `reprise` is one of the first three, by runtime. */
export const entryModules: Readonly<Record<string, string>> = {
  "src/browser/index.ts": "reprise/browser",
  "src/core/index.ts": "reprise/core",
  "src/edge/index.ts": "reprise/edge",
  "src/node/index.ts": "reprise/node",
  "src/http/index.ts": "reprise/http",
  "workers/entry.ts": "reprise/worker",
  "src/prefect/index.ts": "reprise/prefect",
  "src/testing/index.ts": "reprise/testing",
  "src/integrations/hono/index.ts": "reprise/hono",
  "src/integrations/opentelemetry/index.ts": "reprise/opentelemetry",
  "src/integrations/react/index.ts": "reprise/react",
  "src/integrations/unstorage/index.ts": "reprise/unstorage",
  "src/inspector/index.ts": "reprise/inspector",
  "src/integrations/tanstack-query/index.ts": "reprise/tanstack-query",
};

export const runtimeEntries = ["reprise/browser", "reprise/edge", "reprise/node"];

/** In the order of the side bar. */
export const apiPages: readonly ApiPage[] = [
  {
    name: "browser",
    title: "Browsers",
    about:
      "`createResultStore` and `task` for pages and their workers. `reprise` is this entry where a bundler builds for browsers.",
    folders: ["src/browser"],
  },
  {
    name: "edge",
    title: "Cloudflare Workers",
    about: "`createResultStore` and `task` over R2, KV and Durable Objects. `reprise` is this entry in a Worker.",
    folders: ["src/edge"],
  },
  {
    name: "node",
    title: "Node",
    about: "`createResultStore` and `task` in memory. `reprise` is this entry in Node and other runtimes.",
    folders: ["src/node"],
  },
  {
    name: "store",
    title: "The store",
    about: "`ResultStore`, its options and the options of its calls.",
    folders: [
      "src/core/store",
      "src/core/answers",
      "src/core/options",
      "src/core/batches",
      "src/core/watching",
      "src/core/cache",
      "src/core/support",
      "src/core/concurrency",
    ],
  },
  {
    name: "freshness",
    title: "Freshness and invalidation",
    about: "How long a result counts, whether it is kept, and how it is invalidated.",
    folders: ["src/core/freshness", "src/core/invalidation"],
  },
  {
    name: "tasks",
    title: "Tasks, flows and settings",
    about: "The options and types of `task` and `flow`, the run around a call, and settings.",
    folders: ["src/core/tasks", "src/core/context", "src/core/runtime"],
  },
  {
    name: "keys",
    title: "Cache policies and keys",
    about: "How a task makes the key of a call.",
    folders: ["src/core/keys"],
  },
  {
    name: "transactions",
    title: "Transactions",
    about: "Several results that are kept together, or not at all.",
    folders: ["src/core/transactions", "src/core/work"],
  },
  {
    name: "deferred",
    title: "Deferred work",
    about: "Calls that run later or elsewhere, their jobs and their retries.",
    folders: ["src/core/deferred"],
  },
  {
    name: "records",
    title: "Records",
    about: "A result with its metadata, and records as one file.",
    folders: ["src/core/record", "src/core/archive", "src/core/context/built-in-serializers.ts"],
  },
  { name: "errors", title: "Errors", about: "The library's own errors share one base class.", folders: ["src/errors"] },
  {
    name: "events",
    title: "Events",
    about: "The events that a store reports to `onEvent`.",
    folders: ["src/core/events"],
  },
  {
    name: "locks",
    title: "Locks",
    about: "The contract of lock managers, and the managers that need no platform.",
    folders: ["src/core/locks", "src/core/remote-locks"],
  },
  {
    name: "storages",
    title: "Storages",
    about: "The contract of storages, and the storages that need no platform.",
    folders: ["src/core/storages", "src/core/tiers"],
  },
  {
    name: "serializers",
    title: "Serializers",
    about: "The contract of serializers, and those that come with the library.",
    folders: ["src/core/serializers"],
  },
  {
    name: "worker",
    title: "The HTTP API of a Worker",
    about: "The API as a Hono app, the Durable Objects for locks, invalidations and jobs, and tokens.",
    folders: ["workers"],
  },
  {
    name: "http",
    title: "Clients of the HTTP API",
    about: "Results, locks and jobs behind a Worker's API, for every runtime with `fetch`.",
    folders: ["src/http"],
  },
  {
    name: "prefect",
    title: "Files of Prefect",
    about: "Reads and writes the result files of Python's Prefect.",
    folders: ["src/prefect"],
  },
  {
    name: "unstorage",
    title: "unstorage",
    about: "Drivers of unstorage as storages, and stores as drivers of unstorage.",
    folders: ["src/integrations/unstorage"],
  },
  {
    name: "testing",
    title: "Contract suites and chaos",
    about: "Tests for your own storages, lock managers and serializers. They work with any test runner.",
    folders: ["src/testing"],
  },
  {
    name: "hono",
    title: "Hono",
    about: "Middleware for Hono that keeps the responses of a route.",
    folders: ["src/integrations/hono"],
  },
  {
    name: "opentelemetry",
    title: "OpenTelemetry",
    about: "Spans and metrics of a store.",
    folders: ["src/integrations/opentelemetry"],
  },
  {
    name: "inspector",
    title: "The inspector",
    about: "The element `<reprise-inspector>`, which shows a store on any page in development.",
    folders: ["src/inspector"],
  },
  {
    name: "tanstack-query",
    title: "TanStack Query",
    about: "Persisters for TanStack Query over a store.",
    folders: ["src/integrations/tanstack-query"],
  },
  {
    name: "react",
    title: "React",
    about: "Results in components of React 19.",
    folders: ["src/integrations/react"],
  },
];
