import { expect, test } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { ComputeTimeoutError, isRepriseError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";

class TooBusyError extends Error {
  readonly retryAfter = 30;
}

test("errors of given classes are kept, those of the library too, and come back as they were", async () => {
  const serializer = new DevalueSerializer({ classes: { ComputeTimeoutError, TooBusyError } });
  const store = createStore({ serializer, cacheResultInMemory: false });
  for (const error of [new TooBusyError("later"), new ComputeTimeoutError("too slow", { key: "k" })]) {
    const { message } = error;
    await expect(store.getOrCompute(message, () => Promise.reject(error), { errorExpiresIn: "1h" })).rejects.toBe(
      error,
    );
    const again = await store
      .getOrCompute(message, () => Promise.reject(new Error("computed")), {})
      .catch((thrown: unknown) => thrown);
    expect(again).not.toBe(error);
    expect(again).toEqual(error);
    expect(again).toBeInstanceOf(error.constructor);
    expect(isRepriseError(again)).toBe(isRepriseError(error));
  }
});
