import process from "node:process";
import { confirm, isCancel, multiselect, text } from "@clack/prompts";
import { FailedError, UsageError } from "./failures.ts";

/** Questions go to stderr, so that stdout holds data alone. */
const output = process.stderr;

/** Throws `UsageError` with `otherwise` if nobody is there to answer. */
function assertTerminal(otherwise: string): void {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(otherwise);
}

function cancelled(): FailedError {
  return new FailedError("Cancelled. Nothing was done");
}

function answered<T>(answer: T | symbol): T {
  if (isCancel(answer)) throw cancelled();
  return answer as T;
}

/** Rejects with `FailedError` unless the answer is yes. */
export async function askToGoOn(message: string, otherwise: string): Promise<void> {
  assertTerminal(otherwise);
  if (!answered(await confirm({ message, initialValue: false, output }))) throw cancelled();
}

/** Resolves to at least one of the choices. */
export async function askForSome<T extends string>(
  message: string,
  choices: readonly { value: T; hint: string }[],
  otherwise: string,
): Promise<T[]> {
  assertTerminal(otherwise);
  const options = choices.map(({ value, hint }) => ({ value: value as string, label: value as string, hint }));
  return answered(await multiselect<string>({ message, options, required: true, output })) as T[];
}

export async function askForText(message: string, initialValue: string, otherwise: string): Promise<string> {
  assertTerminal(otherwise);
  return answered<string>(await text({ message, initialValue, output }));
}
