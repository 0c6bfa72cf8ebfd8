import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { projectRoot } from "../../scripts/processes.mjs";

/** What the command wrote, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Keys that somebody presses, each once the command has written the text before it. A pipe then counts as a terminal. */
  readonly presses?: readonly (readonly [after: string, key: string])[];
}

const main = join(projectRoot, "src/cli/main.ts");

// most of the time of a command goes into compiling the same modules again
const compiled = join(projectRoot, "node_modules/.cache/reprise-cli");

// no package makes a terminal for tests without native code
const terminal = `data:text/javascript,
  process.stdin.isTTY = process.stderr.isTTY = true;
  process.stdin.setRawMode = () => process.stdin;`;

/** Runs the command line as a child process, with no variables of this project but the given ones. */
export function reprise(args: readonly string[], { env, cwd = projectRoot, presses = [] }: RunOptions = {}) {
  const { FORCE_COLOR: _, ...inherited } = process.env;
  const own = { REPRISE_URL: "", REPRISE_TOKEN: "", REPRISE_SECRET: "", NO_COLOR: "1", NODE_COMPILE_CACHE: compiled };
  const nodeArgs = presses.length > 0 ? ["--import", terminal.replace(/\s+/g, "%20")] : [];
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], {
    cwd,
    env: { ...inherited, ...own, ...env },
  });
  const written = { stdout: "", stderr: "" };
  const pending = [...presses];
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (text) => {
      written[name] += String(text);
      const [next] = pending;
      if (next && written.stderr.includes(next[0])) {
        pending.shift();
        child.stdin.write(next[1]);
        if (pending.length === 0) child.stdin.end();
      }
    });
  }
  if (presses.length === 0) child.stdin.end();
  return new Promise<Outcome>((resolve) => child.on("close", (code) => resolve({ code, ...written })));
}

/** The JSON on the only line of stdout. */
export function jsonOf({ stdout }: Outcome): unknown {
  return JSON.parse(stdout);
}

/** The JSON of each line of stdout. */
export function jsonLinesOf({ stdout }: Outcome): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
