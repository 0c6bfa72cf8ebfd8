import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { demoOrigin, devServerArgs, freePort, quietEnv } from "../../scripts/demo-server.mjs";
import { projectRoot } from "../../scripts/processes.mjs";
import { openApiPath } from "../../src/http/requests/protocol.ts";

const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");

export interface WranglerServerOptions {
  /** Arguments of `wrangler dev` that name the Worker, such as `--env` or `--config`. */
  readonly args: readonly string[];
  /** The folder of the static files, or a function that makes them in the server's own folder and returns their path. */
  readonly assets?: string | ((folder: string) => Promise<string>);
}

/** One `wrangler dev` of a Worker with the API and static files. Its KV, R2 and Durable Objects are in a folder of its own. */
export class WranglerServer {
  readonly origin: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, args: readonly string[]) {
    const state = join(folder, "state");
    this.origin = demoOrigin(port);
    this.#folder = folder;
    this.#args = devServerArgs(port, [...args, "--persist-to", state]);
    this.#env = { ...process.env, ...quietEnv, WRANGLER_REGISTRY_PATH: state, WRANGLER_LOG_PATH: state };
  }

  /** The process group of the server, while it runs. */
  get group(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves once the server answers. */
  static async start({ args, assets }: WranglerServerOptions): Promise<WranglerServer> {
    const folder = await mkdtemp(join(tmpdir(), "reprise-server-"));
    const path = typeof assets === "function" ? await assets(folder) : assets;
    const files = path === undefined ? [] : ["--assets", path];
    const server = new WranglerServer(await freePort(0), folder, [...args, ...files]);
    await server.run();
    return server;
  }

  /** Starts the server again after `kill`, with the data that it had. Resolves once it answers. */
  async run(): Promise<void> {
    const options = { cwd: projectRoot, env: this.#env, detached: true };
    // detached makes a process group, because wrangler starts workerd and other processes
    const started = spawn(process.execPath, [wrangler, ...this.#args], options);
    this.#process = started;
    let output = "";
    for (const stream of [started.stdout, started.stderr]) stream.on("data", (text) => (output += String(text)));
    while (!(await this.#answers())) {
      if (started.exitCode !== null) throw new Error(`wrangler dev ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends all processes at once, as a power cut would. */
  async kill(): Promise<void> {
    const { pid, exitCode } = this.#process ?? {};
    if (pid === undefined || exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process?.once("exit", resolve));
    if (process.platform === "win32") this.#process?.kill();
    else process.kill(-pid, "SIGKILL");
    await ended;
  }

  /** Ends the server and deletes its data. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(this.origin + openApiPath)).status < 500;
    } catch {
      return false;
    }
  }
}
