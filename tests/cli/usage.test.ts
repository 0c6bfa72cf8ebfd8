import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { reprise } from "./run-reprise.ts";

const commands = ["init", "token mint", "token inspect", "ls", "stats", "get", "rm", "invalidate", "export", "import"];

describe.concurrent("the command line", { timeout: 60_000 }, () => {
  test.each(commands)("the help of %s shows an example that uses it", async (command) => {
    const { code, stdout } = await reprise([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Example:\n  $ reprise ${command}`);
  });

  test("the help names all commands and exit codes; without arguments it goes to stderr", async () => {
    const { code, stdout } = await reprise(["--help"]);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command.split(" ")[0]} `, "m"));
    expect(stdout).toContain("2    wrong usage");
    expect(await reprise([])).toEqual({ code: 2, stdout: "", stderr: stdout });
  });

  test.each([
    ["an unknown command", ["sl"], "unknown command 'sl'\n(Did you mean ls?)"],
    ["an unknown option", ["ls", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
    ["no key", ["get"], "missing required argument 'key'"],
    ["no address", ["ls"], "set REPRISE_URL, or add --url"],
    ["an address of another kind", ["ls", "--url", "ftp://example.com"], "url has to begin with https:// or http://"],
    ["a token that is none", ["ls", "--url", "http://localhost", "--token", "two words"], "token has to be"],
    ["an unknown mode", ["invalidate", "a", "--mode", "forget"], "Allowed choices are delete, expire"],
    ["nothing to delete", ["rm", "--url", "http://localhost"], "Name keys, or one of the options"],
    ["two targets", ["rm", "a", "--all", "--url", "http://localhost"], "Name keys, or one of the options"],
    ["an empty prefix", ["rm", "--prefix", "", "--url", "http://localhost"], "say --all if you mean that"],
  ])("with %s it says what is wrong, and exits with 2", async (_what, args, told) => {
    const { code, stdout, stderr } = await reprise(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`reprise: `);
    expect(stderr).toContain(told);
    expect(stderr).toContain("--help");
  });

  test("a Worker that can't be reached is an error with exit code 1, as JSON for programs", async () => {
    const [plain, asJson] = await Promise.all([
      reprise(["ls"], { env: { REPRISE_URL: "http://127.0.0.1:9" } }),
      reprise(["ls", "--url", "http://127.0.0.1:9", "--json"]),
    ]);
    expect(plain).toMatchObject({ code: 1, stdout: "" });
    expect(plain.stderr).toMatch(/reprise: .*can't be reached.*\nIs the Worker running\?/);
    expect(asJson).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "STORAGE_UNREACHABLE" } });
  });

  test("a command that is interrupted says so by its exit code, and shows its progress on a terminal alone", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const env = { REPRISE_URL: `http://127.0.0.1:${port}` };
    const { code, stdout, stderr } = await reprise(["stats"], { env, presses: [["Counting", "\u0003"]] });
    silent.closeAllConnections();
    silent.close();
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("Counting");
  });

  test("a file that is not there is an error with exit code 1", async () => {
    const { code, stderr } = await reprise(["import", "/no/such/file.tar", "--url", "http://127.0.0.1:9"]);
    expect(code).toBe(1);
    expect(stderr).toContain("ENOENT");
  });
});
