import { env } from "cloudflare:workers";
import { expect, test } from "vitest";

test("the Worker of wrangler.toml has its three bindings", async () => {
  expect(env).toMatchObject({
    RESULTS_KV: expect.anything() as unknown,
    RESULTS_R2: expect.anything() as unknown,
    RESULT_LOCKS: expect.anything() as unknown,
  });
});
