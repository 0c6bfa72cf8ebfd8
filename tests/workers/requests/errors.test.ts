import { expect, test } from "vitest";
import { StorageError, StorageUnreachableError } from "../../../src/errors/index.ts";
import { resultPath } from "../../../src/http/requests/protocol.ts";
import { createApi, refusal } from "../api-tools.ts";
import { failing } from "../storage-doubles.ts";

test("a storage's trouble is told by its status, and heard of by the server", async () => {
  const unreachable = new StorageUnreachableError("R2 is away");
  const broken = new StorageError("R2 failed", { cause: new Error("with a secret") });
  for (const [error, expected] of [
    [unreachable, "503 STORAGE_UNREACHABLE"],
    [broken, "502 STORAGE"],
  ] as const) {
    const { call, reported } = await createApi({ storage: () => failing(error) });
    const answer = await call(resultPath("a"));
    expect(await answer.clone().text()).not.toContain("secret");
    expect(await refusal(answer)).toBe(expected);
    expect(reported).toEqual([error]);
  }
});

test("of an error that isn't ours nothing is told", async () => {
  const error = new TypeError("password is hunter2");
  const { call, reported } = await createApi({ storage: () => failing(error) });
  const answer = await call(resultPath("a"));
  expect(await answer.clone().text()).not.toContain("hunter2");
  expect(await refusal(answer)).toBe("500 INTERNAL");
  expect(reported).toEqual([error]);
});
