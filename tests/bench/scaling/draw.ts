// `npx node tests/bench/scaling/draw.ts [--write]`: prints the tables of docs/scaling.md, or puts them there.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { withTables } from "../markdown-tables.ts";
import { playScenes, sceneTables } from "./scenes.ts";
import { costTables } from "./tables.ts";

const path = join(import.meta.dirname, "../../../docs/scaling.md");
const tables = { ...costTables(), ...sceneTables(await playScenes()) };

if (process.argv.includes("--write")) await writeFile(path, withTables(await readFile(path, "utf8"), tables));
else for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table}\n`);
