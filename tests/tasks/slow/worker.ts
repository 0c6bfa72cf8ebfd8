import { env as bound } from "cloudflare:workers";
import { task } from "../../../workers/edge.ts";
import { createResultsApi, createTaskRunner } from "../../../workers/entry.ts";
import type { Env } from "../../../workers/api/env.ts";

interface SlowEnv extends Env {
  /** What every run of the task notes of itself. */
  readonly RUNS: R2Bucket;
}

/** When a run was seen first and last, in milliseconds since 1970. */
export interface SlowRun {
  readonly began: number;
  readonly seen: number;
}

const { RUNS } = bound as unknown as SlowEnv;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The first run of a name goes on for as long as it is let; any later one for a moment. */
const slow = task(
  async ({ name }: { name: string }) => {
    const before = await RUNS.list({ prefix: `${name}/` });
    const place = `${name}/${crypto.randomUUID()}`;
    const began = Date.now();
    const end = began + (before.objects.length === 0 ? 300_000 : 500);
    while (Date.now() < end) {
      await RUNS.put(place, JSON.stringify({ began, seen: Date.now() } satisfies SlowRun));
      await pause(50);
    }
    return { name, run: before.objects.length + 1 };
  },
  { name: "slow", version: "1" },
);

export const TaskRunner = createTaskRunner({ tasks: [slow], firstDelay: 100, onError: () => {} });
export { ResultLock } from "../../../workers/locks/result-lock.ts";

const api = createResultsApi();

async function runsOf(name: string): Promise<SlowRun[]> {
  const { objects } = await RUNS.list({ prefix: `${name}/` });
  const runs = await Promise.all(objects.map(async ({ key }) => (await RUNS.get(key))?.json<SlowRun>()));
  return runs.filter((run) => run !== undefined).sort((one, other) => one.began - other.began);
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/runs") return Response.json(await runsOf(searchParams.get("name") ?? ""));
    return api.fetch(request, env, ctx);
  },
};
