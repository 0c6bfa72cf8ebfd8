import { type Command, Option } from "commander";
import { isRepriseError } from "../../errors/index.ts";
import { HttpStorage } from "../../http/http-storage.ts";
import { UsageError } from "../terminal/failures.ts";

/** The options of each command that calls the API. */
export interface ApiOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: true;
}

/** Adds a command with `--json` and an example in its help. */
export function addCommand(parent: Command, usage: string, description: string, example: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option("--json", "print JSON for programs")
    .addHelpText("after", `\nExample:\n  $ ${example}`);
}

/** Adds a command that calls the API of a Worker. */
export function addApiCommand(parent: Command, usage: string, description: string, example: string): Command {
  return addCommand(parent, usage, description, example)
    .addOption(new Option("--url <url>", "the address of the Worker's API").env("REPRISE_URL"))
    .addOption(new Option("--token <token>", "a token for the API; better in the environment").env("REPRISE_TOKEN"));
}

/** The records behind the API. Throws `UsageError` for a missing or bad address, and for a bad token. */
export function openStorage({ url, token }: ApiOptions): HttpStorage {
  if (!url) {
    throw new UsageError(
      "The address of the Worker is missing: set REPRISE_URL, or add --url https://results.example.com",
    );
  }
  try {
    // a token that was pasted or read from a file often ends with a line break
    return new HttpStorage({ url, token: token?.trim() || undefined });
  } catch (error) {
    if (isRepriseError(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** A list that is separated by commas, without gaps. */
export function toList(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}
