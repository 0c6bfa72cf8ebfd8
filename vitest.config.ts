import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { bytesPlugin } from "./scripts/bytes-plugin.mjs";
import { examplesPlugin } from "./scripts/examples-plugin.mjs";
import { chromiumLaunchOptions } from "./scripts/find-chromium.mjs";

// The contracts hold in every runtime, so their tests run in all three.
const everyRuntime = "tests/core/**/*.test.ts";

// Browsers are slow when they share few cores with other tests, so what needs one runs after the rest.
const afterTheRest = { groupOrder: 1 };
const last = { groupOrder: 2 };

export default defineConfig({
  plugins: [bytesPlugin(), examplesPlugin()],
  test: {
    // Tests wait for conditions and not for time, so a slow machine gets the time it needs.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          environment: "node",
          include: [everyRuntime, "tests/{http,node,package,types}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: { name: "workerd", include: [everyRuntime, "tests/{edge,workers}/**/*.test.ts"] },
      },
      {
        extends: true,
        plugins: [cloudflareTest({ wrangler: { configPath: "./tests/tasks/wrangler.toml" } })],
        test: { name: "tasks", include: ["tests/tasks/**/*.test.ts"] },
      },
      {
        extends: true,
        // Found late, a dependency makes Vite reload the page in the middle of a test.
        optimizeDeps: {
          include: [
            "@lukeed/ms",
            "dequal",
            "devalue",
            "fast-check",
            "idb-keyval",
            "js-xxhash",
            "lru.min",
            "ohash/crypto",
            "p-retry",
          ],
        },
        test: {
          name: "chromium",
          include: [everyRuntime, "tests/browser/**/*.test.ts"],
          sequence: afterTheRest,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: await chromiumLaunchOptions() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: "demo",
          environment: "node",
          include: ["tests/demo/**/*.test.ts"],
          globalSetup: ["tests/demo/global-setup.ts"],
          sequence: last,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
