import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { demoConfig } from "./demo-config.ts";
import { startDemoServer } from "./demo-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the demo is served, with its API. */
    readonly demoOrigin: string;
    /** The folder of the built page. */
    readonly demoAssets: string;
  }
}

/** One server for all files: it takes seconds to start. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outDir = await mkdtemp(join(tmpdir(), "reprise-demo-"));
  await build({ configFile: demoConfig, logLevel: "error", build: { outDir } });
  const server = await startDemoServer(outDir);
  project.provide("demoOrigin", server.origin);
  project.provide("demoAssets", outDir);
  return async () => {
    await server.close();
    await rm(outDir, { recursive: true });
  };
}
