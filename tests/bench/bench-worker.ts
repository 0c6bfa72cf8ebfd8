import { join } from "node:path";
import process from "node:process";
import { unstable_startWorker } from "wrangler";
import { projectRoot } from "../../scripts/processes.mjs";
import type { Measurement } from "./measure.ts";

/** A Worker in workerd with the bindings of `wrangler.toml`, all of them empty. */
export class BenchWorker implements AsyncDisposable {
  readonly url: string;
  readonly #dispose: () => Promise<void>;

  private constructor(url: string, dispose: () => Promise<void>) {
    this.url = url;
    this.#dispose = dispose;
  }

  static async launch(): Promise<BenchWorker> {
    process.env["WRANGLER_SEND_METRICS"] = "false";
    const worker = await unstable_startWorker({
      config: join(projectRoot, "wrangler.toml"),
      entrypoint: join(projectRoot, "tests/bench/workerd/worker.ts"),
      bindings: { REPRISE_WITHOUT_TOKEN: { type: "plain_text", value: "allowed on localhost" } },
      dev: {
        server: { hostname: "127.0.0.1", port: 0 },
        inspector: false,
        persist: false,
        watch: false,
        logLevel: "error",
      },
    });
    await worker.ready;
    return new BenchWorker((await worker.url).origin, () => worker.dispose());
  }

  /** Measures one of `workerd/cases.ts`. */
  async measure(id: string): Promise<Measurement> {
    const response = await fetch(`${this.url}/bench/${id}`, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Measurement;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}
