import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { jwtVerify } from "jose";
import { expect, test } from "vitest";

const execute = promisify(execFile);
const secret = "a secret for the command line, long enough";
const cwd = fileURLToPath(new URL("../..", import.meta.url));

function mint(args: readonly string[], REPRISE_SECRET = secret): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, REPRISE_SECRET };
  return execute(process.execPath, ["scripts/run.mjs", "token", ...args], { cwd, env });
}

test("npm run token prints a token that says what was asked for", async () => {
  const { stdout } = await mint(["--prefix", "maps/", "--operations", "read,list", "--expires", "1h"]);
  const { payload } = await jwtVerify(stdout.trim(), new TextEncoder().encode(secret), { audience: "reprise" });
  expect(payload).toMatchObject({ prefix: "maps/", operations: ["read", "list"] });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
});

test("what a token grants is said beside it, and everything is called that; the token alone goes to stdout", async () => {
  const everything = await mint(["--expires", "1h"]);
  expect(everything.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(everything.stderr).toContain(
    "Granted: read, write, delete, list, lock, defer on all keys, for 1h. That is everything",
  );
  const narrow = await mint(["--expires", "2m", "--prefix", "maps/", "--operations", "read"]);
  expect(narrow.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(narrow.stderr.trim()).toBe('Granted: read on keys that begin with "maps/", for 2m.');
});

test.each([
  ["maps", true],
  ["maps/oslo", true],
  ["karten/ü", true],
  ["maps/", false],
  ["maps:", false],
  ["", false],
])("a prefix that other keys may begin with is warned of: %j", async (prefix, isWarned) => {
  const { stderr } = await mint(["--expires", "1h", "--operations", "read", "--prefix", prefix]);
  expect(stderr.includes(`"${prefix}X/…"`)).toBe(isWarned);
});

test.each([
  ["no end", [], secret, "--expires is missing"],
  ["an end that can't be meant", ["--expires", "never"], secret, "--expires has to be a second or more"],
  ["an end that is now", ["--expires", "0s"], secret, "--expires has to be a second or more"],
  ["an operation that there isn't", ["--expires", "1h", "--operations", "fly"], secret, '--operations has no "fly"'],
  ["an option that there isn't", ["--expires", "1h", "--forever"], secret, "--forever"],
  ["no secret", ["--expires", "1h"], "", "REPRISE_SECRET is not set"],
  ["no secret, how one is made", ["--expires", "1h"], "", "openssl rand -base64 48"],
  [
    "a secret that is too short",
    ["--expires", "1h"],
    "short",
    "REPRISE_SECRET: The secret for tokens needs at least 32",
  ],
])("with %s it prints no token, but what is wrong and how it is used", async (_what, args, given, told) => {
  const failure = await mint(args, given).then(
    () => undefined,
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  expect(failure).toMatchObject({ code: 2, stdout: "" });
  expect(failure?.stderr).toContain(told);
  expect(failure?.stderr).toContain("Usage: npm run token");
  expect(failure?.stderr).not.toContain("expiresIn");
});
