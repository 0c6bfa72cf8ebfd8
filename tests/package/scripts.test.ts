import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "./module-graph.ts";

const execute = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), "reprise-scripts-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function lastLine(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string | undefined> {
  const { stdout } = await execute(process.execPath, args, { cwd: projectRoot, env: { ...process.env, ...env } });
  return stdout.trim().split("\n").at(-1);
}

async function counts(
  contents: object | undefined,
  testCode: number,
  checkCode: number,
  ...more: string[]
): Promise<string | undefined> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  if (contents) await writeFile(path, JSON.stringify(contents));
  return lastLine(["scripts/count-tests.mjs", String(checkCode), path, String(testCode), ...more]);
}

function report(passed: number, failed: number, skipped: number, files: object[] = []): object {
  return { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, testResults: files };
}

const brokenFile = { status: "failed", assertionResults: [{ status: "skipped" }] };
const failedFile = { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] };

test.each([
  ["a run that passed", report(12, 0, 0), 0, 0, "12 passed, 0 failed"],
  ["skipped tests", report(12, 0, 3), 0, 0, "12 passed, 0 failed, 3 skipped"],
  ["a test that failed", report(1, 1, 0, [failedFile]), 1, 0, "1 passed, 1 failed"],
  ["a file that could not be set up", report(1, 0, 1, [brokenFile]), 1, 0, "1 passed, 1 failed, 1 skipped"],
  ["an error outside of any test", report(5, 0, 0), 1, 0, "5 passed, 1 failed"],
  ["a run that ended without a report", undefined, 1, 0, "0 passed, 1 failed"],
  ["checks that failed", report(5, 0, 0), 0, 1, "5 passed, 1 failed"],
])("the last line of .ci/run counts %s", async (_name, vitestReport, testCode, checkCode, line) => {
  expect(await counts(vitestReport, testCode, checkCode)).toBe(line);
});

test("the last line of .ci/run counts several runs, also one that made no report because nothing was to run", async () => {
  const none = join(folder, "none.json");
  expect(await counts(report(5, 0, 1), 0, 0, none, "0")).toBe("5 passed, 0 failed, 1 skipped");
  expect(await counts(report(5, 0, 0), 0, 0, none, "1")).toBe("5 passed, 1 failed");
});

const find = `console.log(await (await import("./scripts/find-chromium.mjs")).findChromium() ?? "none");`;

test("the browser that REPRISE_CHROMIUM names goes before all others", async () => {
  expect(await lastLine(["--eval", find], { REPRISE_CHROMIUM: "/my/chromium" })).toBe("/my/chromium");
});

test.runIf(process.platform === "linux")("on Linux a browser that can't be started is passed over", async () => {
  const withStub = join(folder, "chromium");
  const working = join(folder, "google-chrome");
  await writeFile(withStub, "#!/bin/sh\nexit 1\n");
  await writeFile(working, "#!/bin/sh\nexit 0\n");
  await Promise.all([chmod(withStub, 0o755), chmod(working, 0o755)]);
  // No browser of Playwright's is there in an empty home.
  const env = { REPRISE_CHROMIUM: "", PATH: folder, HOME: folder, PLAYWRIGHT_BROWSERS_PATH: folder };
  expect(await lastLine(["--eval", find], env)).toBe(working);
  await rm(working);
  expect(await lastLine(["--eval", find], env)).toBe("none");
});

test("an unknown command says which ones there are, and fails", async () => {
  const unknown = execute(process.execPath, ["scripts/run.mjs", "tset"], { cwd: projectRoot });
  await expect(unknown).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("test|test:pages|test:engines|test:long|bench|demo") as string,
  });
});
