import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { afterAll, describe, expect, test } from "vitest";
import { jsonOf, type Outcome, reprise } from "./run-reprise.ts";

const secret = "a secret for the command line, long enough";
const folder = await mkdtemp(join(tmpdir(), "reprise-token-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

function mint(args: readonly string[], REPRISE_SECRET = secret): Promise<Outcome> {
  return reprise(["token", "mint", ...args], { env: { REPRISE_SECRET } });
}

describe.concurrent("reprise token", { timeout: 60_000 }, () => {
  test("mint prints a token alone to stdout, and says beside it what it grants", async () => {
    const { code, stdout, stderr } = await mint(["--prefix", "maps/", "--operations", "read,list", "--expires", "1h"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { payload } = await jwtVerify(stdout.trim(), new TextEncoder().encode(secret), { audience: "reprise" });
    expect(payload).toMatchObject({ prefix: "maps/", operations: ["read", "list"] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
    expect(stderr.trim()).toBe('Granted: read, list on keys that begin with "maps/", for 1h.');
  });

  test.each([
    ["maps", true],
    ["maps/", false],
  ])("a prefix that other keys may begin with is warned of: %j", async (prefix, isWarned) => {
    const { stderr } = await mint(["--expires", "1h", "--operations", "read", "--prefix", prefix]);
    expect(stderr.includes(`"${prefix}X/…"`)).toBe(isWarned);
  });

  test.each([
    [
      "no operations",
      ["--expires", "1h"],
      secret,
      "--operations is missing: what the token allows, some of read,write",
    ],
    ["no end", ["--operations", "read"], secret, "--expires is missing"],
    ["an end that can't be meant", ["--operations", "read", "--expires", "never"], secret, "--expires has to be"],
    ["an unknown operation", ["--operations", "fly", "--expires", "1h"], secret, '--operations has no "fly"'],
    [
      "no secret",
      ["--operations", "read", "--expires", "1h"],
      "",
      "REPRISE_SECRET is not set, and there is no --secret-file. It takes 32 bytes or more. Make one with `openssl rand",
    ],
    ["a short secret", ["--operations", "read", "--expires", "1h"], "short", "needs at least 32 bytes"],
  ])("with %s there is no token, but the reason", async (_what, args, given, told) => {
    const { code, stdout, stderr } = await mint(args, given);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain("expiresIn");
  });

  test.each([
    ["a file", `${secret}\n`],
    ["a file of variables, whose last line counts", `OTHER=1\nREPRISE_SECRET=old\nREPRISE_SECRET="${secret}"\n`],
  ])("the secret may lie in %s", async (_what, text) => {
    const file = join(folder, "secret");
    await writeFile(file, text);
    const given = ["--operations", "read", "--expires", "1h", "--secret-file", file, "--json"];
    const minted = jsonOf(await mint(given, "")) as { token: string };
    expect(minted).toMatchObject({ prefix: "", operations: ["read"] });
    await jwtVerify(minted.token, new TextEncoder().encode(secret), { audience: "reprise" });
  });

  test("on a terminal it asks what the token may do, and for how long", async () => {
    const { code, stdout, stderr } = await reprise(["token", "mint", "--prefix", "maps/"], {
      env: { REPRISE_SECRET: secret },
      presses: [
        ["◻ read", " "],
        ["◼ read", "\r"],
        ["How long is it valid?", "\r"],
      ],
    });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('Granted: read on keys that begin with "maps/", for 1h.');
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  test("inspect shows what a token allows, and checks it with the secret", async () => {
    const { stdout } = await mint(["--prefix", "maps/", "--operations", "read,list", "--expires", "2h"]);
    const token = stdout.trim();
    const unchecked = await reprise(["token", "inspect"], { env: { REPRISE_TOKEN: token } });
    expect(unchecked.stdout).toMatch(/operations {2}read, list\nkeys {8}begin with "maps\/"\nexpires {5}.*, in 2h\n/);
    expect(unchecked.stdout).toContain("not checked");
    const env = { REPRISE_SECRET: secret };
    const checked = jsonOf(await reprise(["token", "inspect", token, "--json"], { env }));
    expect(checked).toMatchObject({ prefix: "maps/", isExpired: false, signature: "valid" });
    const other = await reprise(["token", "inspect", token, "--json"], {
      env: { REPRISE_SECRET: `another ${secret}` },
    });
    expect(other.code).toBe(1);
    expect(jsonOf(other)).toMatchObject({ signature: "wrong" });
  });

  test("inspect refuses what is no token, and asks for one", async () => {
    expect(await reprise(["token", "inspect", "abc"])).toMatchObject({ code: 1, stdout: "" });
    const { code, stderr } = await reprise(["token", "inspect"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("REPRISE_TOKEN") as string });
  });
});
