import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import redisDriver from "unstorage/drivers/redis";
import { freePort } from "../../scripts/demo-server.mjs";
import { findEngine } from "../../scripts/engines/find-engines.mjs";

type DriverOptions = NonNullable<Parameters<typeof redisDriver>[0]>;

/** A Redis of its own, which listens here alone and keeps its data in a temporary folder. */
export class RedisServer {
  readonly url: string;
  readonly #args: readonly string[];
  readonly #program: string;
  readonly #folder: string;
  readonly #drivers: ReturnType<typeof redisDriver>[] = [];
  #process: ChildProcess | undefined;

  private constructor(program: string, folder: string, port: number) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#program = program;
    this.#folder = folder;
    this.#args = ["--bind", "127.0.0.1", "--port", `${port}`, "--dir", folder, "--save", "", "--appendonly", "yes"];
  }

  /** Resolves once it accepts connections. */
  static async start(): Promise<RedisServer> {
    const engine = await findEngine("redis");
    if (engine?.by !== "system") throw new Error("There is no Redis here");
    const folder = await mkdtemp(join(tmpdir(), "reprise-redis-"));
    const server = new RedisServer(engine.path, folder, await freePort(0));
    await server.run();
    return server;
  }

  /** Starts it again after `kill`, with the data that it had. */
  async run(): Promise<void> {
    const started = spawn(this.#program, this.#args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = started;
    let output = "";
    for await (const text of started.stdout) {
      output += String(text);
      if (output.includes("Ready to accept connections")) break;
    }
    if (started.exitCode !== null) throw new Error(`Redis ended:\n${output}`);
  }

  /** A connection of its own, as another process has. */
  open(options: DriverOptions = {}): ReturnType<typeof redisDriver> {
    const driver = redisDriver({ url: this.url, base: "results", ...options });
    this.#drivers.push(driver);
    return driver;
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process!.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#process?.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const driver of this.#drivers) await driver.dispose?.();
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
