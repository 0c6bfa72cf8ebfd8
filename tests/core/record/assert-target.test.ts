import { expect, test } from "vitest";
import { assertTags, assertTarget } from "../../../src/core/record/assert-target.ts";

test.each([3, 2 ** 32 - 1])("a list with %d gaps is no target, and takes no time", (length) => {
  const invalid = expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error;
  expect(() => assertTarget({ keys: Array(length) })).toThrow(invalid);
  expect(() => assertTarget({ tags: Array(length) })).toThrow(invalid);
  expect(() => assertTags(Array(length))).toThrow(invalid);
});
