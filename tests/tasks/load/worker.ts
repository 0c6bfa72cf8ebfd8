import { env as bound } from "cloudflare:workers";
import { task } from "../../../workers/edge.ts";
import { createResultsApi, createTaskRunner } from "../../../workers/entry.ts";
import type { Env } from "../../../workers/api/env.ts";

interface LoadEnv extends Env {
  /** What every run of the task notes of itself. */
  readonly RUNS: R2Bucket;
}

/** When a run was seen first and last, in milliseconds since 1970. */
export interface NotedRun {
  readonly began: number;
  readonly seen: number;
}

const { RUNS } = bound as unknown as LoadEnv;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const noted = task(
  async ({ name, lasts }: { name: string; lasts: number }) => {
    const place = `${name}/${crypto.randomUUID()}`;
    const began = Date.now();
    const note = () => RUNS.put(place, JSON.stringify({ began, seen: Date.now() } satisfies NotedRun));
    await note();
    while (Date.now() < began + lasts) {
      await pause(20);
      await note();
    }
    return name;
  },
  { name: "noted", version: "1" },
);

export const TaskRunner = createTaskRunner({ tasks: [noted], firstDelay: 100, onError: () => {} });
export { ResultLock } from "../../../workers/locks/result-lock.ts";
export { ResultInvalidations } from "../../../workers/invalidations/result-invalidations.ts";

const api = createResultsApi();

async function runsOf(name: string): Promise<NotedRun[]> {
  const { objects } = await RUNS.list({ prefix: `${name}/` });
  const runs = await Promise.all(objects.map(async ({ key }) => (await RUNS.get(key))?.json<NotedRun>()));
  return runs.filter((run) => run !== undefined).sort((one, other) => one.began - other.began);
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/nothing") return new Response();
    if (pathname === "/runs") return Response.json(await runsOf(searchParams.get("name") ?? ""));
    return api.fetch(request, env, ctx);
  },
};
