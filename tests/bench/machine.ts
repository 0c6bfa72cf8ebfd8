import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import process from "node:process";
import { findChromium } from "../../scripts/find-chromium.mjs";

/** What a measurement ran on. */
export interface Machine {
  /** The day, as in 2026-01-31. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly gigabytes: number;
  readonly platform: string;
  readonly node: string;
  readonly chromium: string;
}

export async function thisMachine(): Promise<Machine> {
  const [first] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    gigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    chromium: await chromiumVersion(),
  };
}

async function chromiumVersion(): Promise<string> {
  const text = execFileSync((await findChromium()) ?? "chromium", ["--version"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? "unknown";
}
