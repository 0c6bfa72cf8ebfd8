import { expect, test } from "vitest";
import { ConfigurationError, InvalidArgumentError } from "../../../src/errors/index.ts";
import { cachedResponse, type CachedResponseOptions } from "../../../src/integrations/hono/index.ts";
import { HonoWorld } from "./hono-world.ts";

test.each([
  [{ expireIn: "1h" }, ConfigurationError, 'did you mean "expiresIn"?'],
  [{ store: {} }, InvalidArgumentError, "ResultStore"],
  [{ expiresIn: "soon" }, InvalidArgumentError, "expiresIn"],
  [{ staleWhileRevalidate: -1 }, InvalidArgumentError, "staleWhileRevalidate"],
  [{ staleIfError: "?" }, InvalidArgumentError, "staleIfError"],
  [{ waitTimeout: "soon" }, InvalidArgumentError, "waitTimeout"],
  [{ vary: "Accept" }, ConfigurationError, "vary"],
  [{ vary: ["Accept Language"] }, ConfigurationError, "vary"],
  [{ vary: [""] }, ConfigurationError, "vary"],
  [{ tags: [""] }, InvalidArgumentError, "tag"],
  [{ maxBytes: -1 }, ConfigurationError, "maxBytes"],
  [{ statuses: [206] }, ConfigurationError, "statuses"],
  [{ statuses: [500] }, ConfigurationError, "statuses"],
  [{ statuses: 404 }, ConfigurationError, "statuses"],
  [{ expiresIn: () => 1 }, InvalidArgumentError, "expiresIn"],
  [{ staleIfError: () => 1 }, InvalidArgumentError, "staleIfError"],
])("%o is refused", (wrong, type, text) => {
  const options = { store: new HonoWorld().createStore(), ...wrong } as unknown as CachedResponseOptions;
  expect(() => cachedResponse(options)).toThrow(type);
  expect(() => cachedResponse(options)).toThrow(text);
});

test("a key that is no text, and tags that are none, fail the request", async () => {
  for (const wrong of [{ key: () => 7 }, { tags: () => "map" }]) {
    const app = new HonoWorld().createApp((c) => c.text("never"), wrong as never);
    const errors: Error[] = [];
    app.onError((error, c) => {
      errors.push(error);
      return c.text("wrong", 500);
    });
    expect((await app.request("/")).status).toBe(500);
    expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }]);
  }
});
