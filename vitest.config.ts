import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { bytesPlugin } from "./scripts/bytes-plugin.mjs";
import { examplesPlugin } from "./scripts/examples-plugin.mjs";
import { findEngine } from "./scripts/engines/find-engines.mjs";
import { systemBrowser } from "./scripts/engines/system-browser-provider.mjs";
import { chromiumLaunchOptions } from "./scripts/find-chromium.mjs";

// The contracts hold in every runtime, so their tests run in all three.
const everyRuntime = "tests/core/**/*.test.ts";

// Many tests wait for a lease, a retry or a server, so more files than the machine has cores run at once.
const atOnce = Math.max(4, availableParallelism());

const { TESTS_ENGINES, TRIALS_LONG, TRIALS_SEED, TRIALS_PATH, TRIALS_RUNS } = process.env;
/** Many runs find other cases than the last time; a few are always the same, so that a change breaks them and not chance. */
const trials = {
  isLong: TRIALS_LONG !== undefined,
  seed: Number(TRIALS_SEED ?? (TRIALS_LONG ? Date.now() & 0x7fffffff : 7)),
  ...(TRIALS_PATH !== undefined && { path: TRIALS_PATH }),
  ...(TRIALS_RUNS !== undefined && { runs: Number(TRIALS_RUNS) }),
};

// Browsers are slow when they share few cores with other tests, so what needs one runs after the rest. Vitest runs one
// group after the other; all projects of a group have the same `maxWorkers`.
const afterTheRest = { groupOrder: 1 };

/** Long runs judge times, latencies and memory, so nothing runs beside these files there. */
const aloneInLongRuns = (groupOrder: number) => TRIALS_LONG && { sequence: { groupOrder }, maxWorkers: 1 };

/**
 * Pages, each with storage and locks of its own. Those of the demo wait for a server or a lease most of the time. Long runs
 * judge times, so there they run one by one.
 */
const browsersAtOnce = TRIALS_LONG ? 1 : Math.max(3, Math.ceil(availableParallelism() / 2));

const inBrowsers = [everyRuntime, "tests/browser/**/*.test.ts"];
const trialsOfCore = "tests/core/**/*.trials.test.ts";

// Found late, a dependency makes Vite reload the page in the middle of a test.
const optimizeDeps = {
  include: [
    "@opentelemetry/api",
    "@opentelemetry/sdk-metrics",
    "@opentelemetry/sdk-trace-base",
    "axe-core",
    "@tanstack/query-core",
    "@tanstack/query-persist-client-core",
    "@tanstack/react-query",
    "dequal",
    "devalue",
    "fast-check",
    "idb-keyval",
    "js-xxhash",
    "lru.min",
    "modern-tar",
    "ocache",
    "ohash/crypto",
    "p-retry",
    "unstorage",
    "unstorage/drivers/memory",
    "react",
    "react-dom/client",
    "react-dom",
    "react-dom/server",
    "react/jsx-dev-runtime",
    "react/jsx-runtime",
  ],
};

const launchOptions = await chromiumLaunchOptions();

function chromiumProject(name: string, test: TestProjectInlineConfiguration["test"]): TestProjectInlineConfiguration {
  const browser = {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({ launchOptions }),
    instances: [{ browser: "chromium" as const }],
  };
  const shared = { sequence: afterTheRest, maxWorkers: browsersAtOnce, browser };
  return { extends: true, optimizeDeps, test: { name, ...shared, ...test } };
}

/** The project of a browser beside Chromium, for `npm run test:engines`. */
async function engineProject(name: "firefox" | "webkit"): Promise<TestProjectInlineConfiguration[]> {
  const engine = TESTS_ENGINES === undefined ? undefined : await findEngine(name);
  if (!engine) return [];
  const provider = engine.by === "playwright" ? playwright() : systemBrowser(name, engine.path);
  const browser = {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider,
    instances: [{ browser: name }],
  };
  return [{ extends: true, optimizeDeps, test: { name, include: inBrowsers, browser } }];
}

/** What a Redis promises, for `npm run test:engines`. */
async function redisProject(): Promise<TestProjectInlineConfiguration[]> {
  if (TESTS_ENGINES === undefined || !(await findEngine("redis"))) return [];
  return [{ extends: true, test: { name: "redis", environment: "node", include: ["tests/redis/**/*.test.ts"] } }];
}

const demo = {
  environment: "node",
  globalSetup: "tests/demo/global-setup.ts",
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;
const tabs = "tests/demo/tabs.test.ts";

export default defineConfig({
  plugins: [bytesPlugin(), examplesPlugin()],
  test: {
    // Tests wait for conditions and not for time, so a slow machine gets the time it needs.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    expect: { poll: { timeout: 15_000 } },
    setupFiles: ["tests/patient-waits.ts"],
    maxWorkers: atOnce,
    provide: { trials },
    reporters: ["default", "./scripts/trials-reporter.mjs"],
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: [everyRuntime, "tests/{cli,http,node,trials}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: { name: "package", environment: "node", include: ["tests/{package,types}/**/*.test.ts"] },
      },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: {
          name: "workerd",
          include: ["tests/{edge,workers}/**/*.test.ts"],
          ...aloneInLongRuns(8),
        },
      },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        // A workerd takes longer to start than most of these files to run, so they share one, as they share a page in Chromium.
        // In Node each of them runs alone: a file that needs what another one left behind fails there.
        test: { name: "workerd-core", include: [everyRuntime], isolate: false },
      },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: "./tests/tasks/wrangler.toml" } })],
        test: { name: "tasks", include: ["tests/tasks/**/*.test.ts"] },
      },
      chromiumProject("chromium", { include: ["tests/browser/**/*.test.ts", trialsOfCore] }),
      chromiumProject("chromium-core", { include: [everyRuntime], exclude: [trialsOfCore], isolate: false }),
      {
        extends: true,
        test: {
          ...demo,
          name: "demo",
          include: ["tests/demo/**/*.test.ts"],
          exclude: [tabs],
          sequence: afterTheRest,
          maxWorkers: browsersAtOnce,
        },
      },
      {
        extends: true,
        test: {
          ...demo,
          name: "recipes",
          globalSetup: "tests/recipes/tools/global-setup.ts",
          include: ["tests/recipes/*.test.ts"],
          sequence: afterTheRest,
          maxWorkers: browsersAtOnce,
        },
      },
      {
        extends: true,
        test: {
          ...demo,
          name: "load",
          globalSetup: [],
          include: ["tests/load/**/*.test.ts"],
          ...aloneInLongRuns(9),
        },
      },
      {
        extends: true,
        test: {
          name: "crashes",
          environment: "node",
          include: ["tests/crashes/**/*.test.ts"],
          // tests/demo/tabs.test.ts stops a tab each time
          exclude: TRIALS_LONG ? [] : ["tests/crashes/pauses.trials.test.ts"],
          // browsers that are killed and started again, on a machine that is not busy with others
          sequence: { groupOrder: 3 },
          maxWorkers: browsersAtOnce,
        },
      },
      {
        extends: true,
        test: {
          name: "docs",
          environment: "node",
          include: ["tests/docs/**/*.test.ts"],
          sequence: afterTheRest,
          maxWorkers: browsersAtOnce,
        },
      },
      {
        extends: true,
        // A second page has to be open before the first has computed its map, so nothing runs beside these.
        test: { ...demo, name: "demo-tabs", include: [tabs], sequence: { groupOrder: 2 } },
      },
      ...(await engineProject("firefox")),
      ...(await engineProject("webkit")),
      ...(await redisProject()),
    ],
  },
});
