import { expect, test } from "vitest";
import { ConfigurationError, InvalidArgumentError } from "../../../src/errors/index.ts";
import type { Operation } from "../../../src/http/requests/protocol.ts";
import { mintToken } from "../../../workers/access/mint-token.ts";
import { secretAdvice } from "../../../workers/access/token-key.ts";
import { secret } from "../api-tools.ts";

test.each([
  [undefined, "got undefined"],
  [null, "got null"],
  ["", "got an empty string"],
  [{}, "got object"],
])("with %j for a secret, the error says how a Worker gets one", async (missing, got) => {
  const minting = mintToken({ secret: missing as string, expiresIn: "1h" });
  await expect(minting).rejects.toThrow(
    new ConfigurationError(`secret has to be the REPRISE_SECRET of the Worker; ${got}. ${secretAdvice}`),
  );
  expect(secretAdvice).toContain("`npx wrangler secret put REPRISE_SECRET`");
  expect(secretAdvice).toContain("REPRISE_SECRET=… into .dev.vars");
});

test("no token is minted with a short secret, an unknown operation or a lifetime that can't be meant", async () => {
  await expect(mintToken({ secret: "short", expiresIn: "1h" })).rejects.toThrow(ConfigurationError);
  const unknown = "fly" as Operation;
  await expect(mintToken({ secret, operations: [unknown], expiresIn: "1h" })).rejects.toThrow(InvalidArgumentError);
  await expect(mintToken({ secret, expiresIn: "soon" })).rejects.toThrow(InvalidArgumentError);
});

test.for<[unknown, RegExp]>([
  [{ expiresIn: 0 }, /expiresIn has to be a second or more/],
  [{ expiresIn: "500ms" }, /expiresIn has to be a second or more/],
  [{ expiresIn: 1e300 }, /no end of time/],
  [{ expiresIn: "1h", prefix: 5 }, /prefix has to be a string; got number/],
  [{ expiresIn: "1h", operations: "read" }, /operations has to be an array of some of read, write/],
  [{ expiresIn: "1h", operations: [] }, /operations has to be an array/],
  [{ expiresIn: "1h", operations: ["read", "admin"] }, /got \["read","admin"\]/],
])("a token that nobody can mean is not minted: %o", async ([options, message]) => {
  const minting = mintToken({ secret, ...(options as { expiresIn: string }) });
  await expect(minting).rejects.toThrow(message);
  await expect(minting).rejects.toBeInstanceOf(InvalidArgumentError);
});

test("a misspelt option is refused, since a token without operations allows everything", async () => {
  const misspelt = { secret, expiresIn: "1h", operation: ["read"] };
  await expect(mintToken(misspelt)).rejects.toThrow('mintToken has no option "operation": did you mean "operations"?');
});
