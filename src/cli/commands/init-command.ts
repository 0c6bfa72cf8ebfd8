import { type Command, Option } from "commander";
import { type ConfigFormat, initProject } from "../init/init-project.ts";
import { print, printJson } from "../terminal/output.ts";
import { addCommand } from "./api-command.ts";

interface InitOptions {
  readonly format: ConfigFormat;
  readonly json?: true;
}

export function addInitCommand(program: Command): void {
  addCommand(
    program,
    "init [folder]",
    "add the bindings to wrangler.jsonc or wrangler.toml, and a Worker with the API",
    "reprise init",
  )
    .addOption(
      new Option("--format <format>", "the format of a new configuration")
        .choices(["jsonc", "toml"] satisfies ConfigFormat[])
        .default("jsonc"),
    )
    .action(init);
}

async function init(folder: string | undefined, { format, json }: InitOptions): Promise<void> {
  const report = await initProject(folder ?? ".", format);
  if (json) return printJson(report);
  const { config, worker, changes, next } = report;
  if (changes.length === 0) print(`${config} and ${worker} have all that Reprise needs.`);
  for (const change of changes) print(`+ ${change}`);
  print("\nNext:");
  for (const [i, step] of next.entries()) print(`${i + 1}. ${step}`);
}
