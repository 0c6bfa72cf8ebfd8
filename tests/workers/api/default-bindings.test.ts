import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import type { LockLease, LockState } from "../../../src/core/remote-locks/lock-service.ts";
import { headers, lockPath, resultPath, type Problem } from "../../../src/http/requests/protocol.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { bytesOf, createCall, post, putRecord, refusal } from "../api-tools.ts";

const absent = undefined as never;

test("without a storage of its own, records go where the bindings lead", async () => {
  const call = await createCall();
  const key = `${randomId()}/é`;
  const { bytes } = sample(key);
  const written = await putRecord(call, key, bytes);
  expect(written.status).toBe(204);
  expect(written.headers.get(headers.consistency)).toBe("strong");
  expect(await env.RESULTS_R2.head(key)).not.toBeNull();
  const read = await call(resultPath(key), { headers: { "cache-control": "no-cache" } });
  expect(await bytesOf(read)).toEqual(bytes);
  expect((await call(resultPath(key), { method: "DELETE" })).status).toBe(204);
});

test("a late holder is refused by HTTP before, while and after the next one writes, also with R2 behind", async () => {
  const call = await createCall();
  const key = randomId();
  const acquire = async (holder: string, holdTimeout: number) => {
    return (await post(call, lockPath(key, "acquire"), { holder, holdTimeout })).json<LockLease>();
  };
  const write = async (holder: string, token: number) => {
    const lock = { [headers.lockHolder]: holder, [headers.lockToken]: String(token) };
    return putRecord(call, key, sample(key).bytes, lock);
  };
  const late = await acquire("late", 1);
  const isFree = async () => !(await (await call(lockPath(key))).json<LockState>()).isLocked;
  await eventually(isFree, "the lease has not run out");
  const next = await acquire("next", 30_000);
  expect(await refusal(await write("late", late.token))).toBe("409 STALE_LOCK");
  expect((await write("next", next.token)).status).toBe(204);
  expect(await refusal(await write("late", late.token))).toBe("409 STALE_LOCK");
  await post(call, lockPath(key, "release"), { holder: "next" });
  expect(await refusal(await write("late", late.token))).toBe("409 STALE_LOCK");
});

test.for([
  ["RESULTS_R2", resultPath("a"), { RESULTS_KV: absent, RESULTS_R2: absent }],
  ["RESULT_LOCKS", lockPath("a"), { RESULT_LOCKS: absent }],
] as const)("a missing %s is named, with the lines that add it", async ([name, path, missing]) => {
  const reported: unknown[] = [];
  const call = await createCall({ onError: (error) => void reported.push(error) });
  const answer = await call(path, { env: missing });
  const { status, code, detail } = await answer.json<Problem>();
  expect([status, code]).toEqual([500, "CONFIGURATION"]);
  expect(detail).toContain(name);
  expect(detail).toContain(`= "${name}"`);
  expect(detail).toContain("Give createResultsApi");
  expect(reported).toHaveLength(1);
});

test("with KV alone it says that reads may lag behind", async () => {
  const call = await createCall();
  const answer = await call(resultPath(randomId()), { env: { RESULTS_R2: absent } });
  expect(answer.headers.get(headers.consistency)).toBe("eventual");
});
