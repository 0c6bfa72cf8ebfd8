import { Command, CommanderError } from "commander";
import { libraryVersion } from "../core/record/version.ts";
import { isRepriseError } from "../errors/index.ts";
import { addArchiveCommands } from "./commands/archive-commands.ts";
import { addInitCommand } from "./commands/init-command.ts";
import { addListCommand } from "./commands/list-command.ts";
import { addGetCommand } from "./commands/get-command.ts";
import { addInvalidateCommand } from "./commands/invalidate-command.ts";
import { addRemoveCommand } from "./commands/remove-command.ts";
import { addStatsCommand } from "./commands/stats-command.ts";
import { addTokenCommands } from "./commands/token-commands.ts";
import { exitCodes, FailedError, UsageError } from "./terminal/failures.ts";
import { note, printable, toJsonLine } from "./terminal/output.ts";

const details = `
Exit codes:
  0    done
  1    failed, or done in part
  2    wrong usage
  130  interrupted

Example:
  $ export REPRISE_URL=https://results.example.com REPRISE_TOKEN=…
  $ reprise ls maps/`;

/** Runs a command line, and resolves to its exit code. Never rejects. */
export async function runCli(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...args], { from: "user" });
    return exitCodes.done;
  } catch (error) {
    return report(error, args);
  }
}

function createProgram(): Command {
  const program = new Command("reprise");
  program
    .description(
      "Lists, reads, deletes, exports and imports the results that a Worker keeps, and sets up such a Worker.",
    )
    .version(libraryVersion)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", details);
  addInitCommand(program);
  addTokenCommands(program);
  addListCommand(program);
  addStatsCommand(program);
  addGetCommand(program);
  addRemoveCommand(program);
  addInvalidateCommand(program);
  addArchiveCommands(program);
  return program;
}

/** Tells of an error on stderr, as JSON if the caller asked for that. Returns the exit code. */
function report(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  const isHelp = error instanceof CommanderError && error.code === "commander.help";
  if (isHelp) return exitCodes.usage;
  const isUsage = error instanceof CommanderError || error instanceof UsageError;
  const message = messageOf(error).replace(/^error: /, "");
  if (!(error instanceof FailedError && error.isTold)) {
    const code = isUsage ? "USAGE" : codeOf(error);
    if (args.includes("--json")) note(toJsonLine({ error: { code, message } }));
    else note([`reprise: ${printable(message)}`, ...hints(code)].join("\n"));
  }
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

/** With the code of the failure below it, such as `ECONNREFUSED`. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  let root: unknown = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  const { code } = (root ?? {}) as { code?: unknown };
  return root !== error && typeof code === "string" && !isRepriseError(root)
    ? `${error.message} (${code})`
    : error.message;
}

/** That of the library, or of Node: `ENOENT`. */
function codeOf(error: unknown): string {
  if (isRepriseError(error)) return error.code;
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "FAILED";
}

function hints(code: string): string[] {
  if (code === "USAGE") return ["Add --help to see an example."];
  if (code === "ACCESS_DENIED")
    return [
      "Set REPRISE_TOKEN, or add --token. `reprise token inspect` shows what a token allows, `reprise token mint` makes one.",
    ];
  if (code === "STORAGE_UNREACHABLE") return ["Is the Worker running? --url or REPRISE_URL names its address."];
  return [];
}
