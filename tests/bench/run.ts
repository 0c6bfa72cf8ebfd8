// `npm run bench`: measures everything in targets.ts; `--only id,id` some of it. Says what it found and never fails a build.
// `--peers`: five jobs beside other libraries. `--scale`: up to 100,000 records.
// `--json FILE` writes the results of any of the three, `--keep` leaves them in docs/performance/ and draws docs/performance.md.
// `--draw`: draws that document again. `--sizes`: measures what each part adds to a bundle, and draws docs/size.md.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { peersTable } from "./peers/peers-table.ts";
import { measurePeers } from "./peers/peers.ts";
import { drawPerformance } from "./performance/document.ts";
import { keepResults } from "./performance/kept-results.ts";
import { rowsTable } from "./rows-table.ts";
import { measureRows } from "./rows.ts";
import { measureScale } from "./scale/scale.ts";
import { scaleTable } from "./scale/scale-table.ts";
import { drawSizes } from "./sizes/size-document.ts";
import { formatTable } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    only: { type: "string" },
    peers: { type: "boolean" },
    scale: { type: "boolean" },
    keep: { type: "boolean" },
    draw: { type: "boolean" },
    sizes: { type: "boolean" },
  },
});

async function main(): Promise<void> {
  if (options.sizes) return drawSizes();
  if (options.draw) return drawPerformance();
  if (options.peers) return report("peers", await measurePeers(), peersTable);
  if (options.scale) return report("scale", await measureScale(), scaleTable);
  if (options.keep && options.only !== undefined) throw new Error("--keep keeps all rows: leave out --only");
  return report("rows", await measureRows(options.only?.split(",")), rowsTable);
}

async function report<T>(name: string, results: readonly T[], toTable: (results: readonly T[]) => string[][]) {
  console.log(formatTable(toTable(results)));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (!options.keep) return;
  await keepResults(name, results);
  await drawPerformance();
}

await main();
