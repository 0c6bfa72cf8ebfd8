import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { inject } from "vitest";
import { projectRoot } from "../../../scripts/processes.mjs";
import { readRecipes } from "./recipe-files.ts";

const execute = promisify(execFile);

/** The folder of a recipe. */
export function folderOf(recipe: string): string {
  return join(inject("recipes"), recipe);
}

/** Runs a command in the folder of a recipe, with the tools of this project. Rejects if it fails. */
export async function runIn(recipe: string, command: string): Promise<{ stdout: string; stderr: string }> {
  const path = [join(projectRoot, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  // the variables of this vitest would reach a vitest that a recipe runs
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|VITE|NODE_ENV|TEST|DEV|PROD|MODE|SSR)/.test(name),
  );
  const env = { ...Object.fromEntries(own), PATH: path };
  return execute(command.replace(/^npx /, ""), { cwd: folderOf(recipe), env, shell: true, timeout: 60_000 });
}

/** Runs the commands of a recipe's page, one after the other, and installs nothing. Resolves with what they wrote. */
export async function runCommandsOf(name: string): Promise<{ command: string; stdout: string; stderr: string }[]> {
  const { commands } = (await readRecipes()).find((recipe) => recipe.name === name)!;
  const outputs = [];
  const toRun = commands.filter((command) => !command.startsWith("npm install"));
  for (const command of toRun) outputs.push({ command, ...(await runIn(name, command)) });
  return outputs;
}
