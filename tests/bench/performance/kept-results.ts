import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../../scripts/processes.mjs";
import { type Machine, thisMachine } from "../machine.ts";
import type { PeerResult } from "../peers/peers.ts";
import type { ScaleResult } from "../scale/scale.ts";
import type { BenchResult } from "../targets.ts";

export const folder = join(projectRoot, "docs/performance");

export interface Kept<T> {
  readonly machine: Machine;
  readonly results: readonly T[];
}

/** What `--keep` left of the last measurements. */
export interface KeptResults {
  readonly rows: Kept<BenchResult>;
  readonly peers: Kept<PeerResult>;
  readonly scale: Kept<ScaleResult>;
}

export async function keepResults(name: string, results: readonly unknown[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const kept = { machine: await thisMachine(), results };
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

export async function readResults(): Promise<KeptResults> {
  const [rows, peers, scale] = await Promise.all(
    ["rows", "peers", "scale"].map(async (name) => {
      return JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as Kept<never>;
    }),
  );
  return { rows: rows!, peers: peers!, scale: scale! };
}
