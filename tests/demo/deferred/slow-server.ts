import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { demoOrigin, freePort, quietEnv } from "../../../scripts/demo-server.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");

/** One `wrangler dev` of the Worker with the slow task and its page, over a folder of its own. */
export class SlowServer {
  readonly origin: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.origin = demoOrigin(port);
    this.#port = port;
    this.#folder = folder;
  }

  static async start(): Promise<SlowServer> {
    const folder = await mkdtemp(join(tmpdir(), "reprise-slow-"));
    const server = new SlowServer(await freePort(0), folder);
    const outdir = join(folder, "page");
    const entryPoints = [fileURLToPath(new URL("page.ts", import.meta.url))];
    await build({ entryPoints, outdir, bundle: true, splitting: true, format: "esm", target: "es2022" });
    await writeFile(join(outdir, "index.html"), `<!doctype html><script type="module" src="page.js"></script>`);
    await server.run();
    return server;
  }

  /** Resolves once it answers, on the state that it had before. */
  async run(): Promise<void> {
    const state = join(this.#folder, "state");
    const env = { ...process.env, ...quietEnv, WRANGLER_REGISTRY_PATH: state, WRANGLER_LOG_PATH: state };
    const address = ["--ip", "127.0.0.1", "--port", String(this.#port), "--inspector-port", "0"];
    const places = ["--config", "tests/tasks/slow/wrangler.toml", "--persist-to", state];
    const assets = ["--assets", join(this.#folder, "page")];
    const args = ["dev", ...places, ...assets, ...address, "--show-interactive-dev-session=false"];
    // a group of its own, since wrangler starts workerd and others
    const started = spawn(process.execPath, [wrangler, ...args], { cwd: root, env, detached: true });
    this.#process = started;
    let output = "";
    for (const stream of [started.stdout, started.stderr]) stream.on("data", (text) => (output += String(text)));
    while (!(await this.#answers())) {
      if (started.exitCode !== null) throw new Error(`wrangler dev ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** As a power cut would: nothing is told to end. */
  async kill(): Promise<void> {
    const { pid, exitCode } = this.#process ?? {};
    if (pid === undefined || exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process?.once("exit", resolve));
    if (process.platform === "win32") this.#process?.kill();
    else process.kill(-pid, "SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/v1/openapi.json`)).ok;
    } catch {
      return false;
    }
  }
}
