import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { demoOrigin, demoServerArgs, freePort, quietEnv } from "../../scripts/demo-server.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");

/** One `wrangler dev` of the demo: page, API, KV, R2 and Durable Objects, over a folder of its own. */
export class DemoServer {
  readonly origin: string;
  readonly #port: number;
  readonly #assets: string;
  readonly #state: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, assets: string, state: string) {
    this.origin = demoOrigin(port);
    this.#port = port;
    this.#assets = assets;
    this.#state = state;
  }

  /** `assets`: the folder of the built page. */
  static async start(assets: string): Promise<DemoServer> {
    const state = await mkdtemp(join(tmpdir(), "reprise-edge-"));
    const server = new DemoServer(await freePort(0), assets, state);
    await server.run();
    return server;
  }

  /** Resolves once it answers, on the state that it had before. */
  async run(): Promise<void> {
    const env = { ...process.env, ...quietEnv, WRANGLER_REGISTRY_PATH: this.#state, WRANGLER_LOG_PATH: this.#state };
    const args = demoServerArgs(this.#port, ["--assets", this.#assets, "--persist-to", this.#state]);
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
    await rm(this.#state, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/v1/openapi.json`)).ok;
    } catch {
      return false;
    }
  }
}
