import { expect, test } from "vitest";
import { parametersKeyOf } from "../../../src/core/deferred/job-parameters.ts";
import { DeferredTasks } from "../../../src/core/deferred/deferred-tasks.ts";
import { INPUTS } from "../../../src/core/keys/cache-policy.ts";
import { bomb, devalueBody, hostileRecord, hostileRecords, marked } from "../record/hostile-records.ts";
import { codeOf } from "../record/record-tools.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

const key = "double/1";
const world = createTaskWorld();
const double = world.task((...numbers: number[]) => numbers[0]! * 2, { name: "double", cachePolicy: INPUTS });
const tasks = new DeferredTasks([double]);

/** The code of the error that a submission with these parameters ends with. */
function submit(body: Uint8Array, serializer: object = { type: "devalue" }): Promise<string> {
  const parameters = hostileRecord(body, { serializer, fields: { storageKey: parametersKeyOf(key) } });
  return codeOf(() => tasks.check({ task: "double", key, parameters }));
}

test.each([
  ["a sparse list of the greatest length", [[-7, 2 ** 32 - 1]]],
  ["a sparse list of a million", [[-7, 1_000_000, 0, 1], 5]],
  ["a list of properties with a length", marked(["array", 2, 3, 4], "", 2 ** 32 - 1, ["Map"])],
  ["more arguments than a call could bear", [Array(200_000).fill(1), 5]],
  ["no list", [{ length: 1 }, 2 ** 32 - 1]],
])("a call with %s is refused at once", async (_, value) => {
  expect(await submit(devalueBody([value, [], []]))).toBe("INVALID_ARGUMENT");
});

test("a sparse list among the arguments costs nothing", async () => {
  expect(await submit(devalueBody([[[1], [-7, 2 ** 32 - 1, 5, 2], 7], [], []]))).toBe("INVALID_ARGUMENT");
});

test("arguments that inflate beyond the limit are refused", async () => {
  const body = await bomb("0".repeat(64), 2 ** 21);
  expect(await submit(body, { type: "compressed/json", format: "gzip" })).toBe("CORRUPT_RECORD");
});

test("arguments in any hostile record are refused by name", async () => {
  for (const [name, craft] of Object.entries(hostileRecords)) {
    const code = await codeOf(async () => tasks.check({ task: "double", key, parameters: await craft() }));
    expect(["CORRUPT_RECORD", "UNSUPPORTED_RECORD"], name).toContain(code);
  }
});
