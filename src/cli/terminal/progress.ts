import process from "node:process";
import { progress, spinner } from "@clack/prompts";
import { countOf } from "./units.ts";

/** The progress of long work. */
export interface Progress {
  /** `step`: how much more of `max` is done. */
  advance(step: number, message: string): void;
}

/** Runs work under a bar, if stderr is a terminal. */
export async function withProgress<T>(
  title: string,
  max: number,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) return work({ advance() {} });
  const bar = progress({ max: Math.max(1, max), output: process.stderr });
  bar.start(title);
  try {
    const result = await work(bar);
    bar.clear();
    return result;
  } catch (error) {
    bar.error(title);
    throw error;
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
  const counter = spinner({ output: process.stderr });
  counter.start(title);
  let count = 0;
  try {
    for await (const item of items) {
      if (++count % 100 === 0) counter.message(`${title}: ${countOf(count, "record")}`);
      yield item;
    }
  } finally {
    counter.clear();
  }
}
