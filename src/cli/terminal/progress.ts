import process from "node:process";
import { progress, spinner } from "@clack/prompts";
import { exitCodes } from "./failures.ts";
import { countOf } from "./units.ts";

/** The progress of long work. */
export interface Progress {
  /** `step`: how much more of `max` is done. */
  advance(step: number, message: string): void;
}

const signals = ["SIGINT", "SIGTERM"] as const;
const shown = { output: process.stderr, withGuide: false };

function onExit(): void {
  process.exitCode = exitCodes.interrupted;
}

function onSignal(): void {
  process.exit();
}

/** Clack exits with 0 when somebody presses Ctrl+C, and its listeners keep signals from ending the process. Returns how to undo this. */
function failIfInterrupted(): () => void {
  process.once("exit", onExit);
  for (const signal of signals) process.once(signal, onSignal);
  return () => {
    process.off("exit", onExit);
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** Runs work under a bar, if stderr is a terminal. */
export async function withProgress<T>(
  title: string,
  max: number,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) return work({ advance() {} });
  const bar = progress({ max: Math.max(1, max), ...shown });
  const stopListening = failIfInterrupted();
  bar.start(title);
  try {
    return await work(bar);
  } finally {
    bar.clear();
    stopListening();
  }
}

/** Hands items on and counts them, if stderr is a terminal. `writesRows`: not if stdout is one too, whose rows show the progress. */
export async function* countWhile<T>(
  title: string,
  items: AsyncIterable<T>,
  { writesRows = false }: { writesRows?: boolean } = {},
): AsyncGenerator<T> {
  if (!process.stderr.isTTY || (writesRows && process.stdout.isTTY)) {
    yield* items;
    return;
  }
  const counter = spinner(shown);
  const stopListening = failIfInterrupted();
  counter.start(title);
  let count = 0;
  try {
    for await (const item of items) {
      if (++count % 100 === 0) counter.message(`${title}: ${countOf(count, "record")}`);
      yield item;
    }
  } finally {
    counter.clear();
    stopListening();
  }
}
