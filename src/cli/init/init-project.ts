import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FailedError } from "../terminal/failures.ts";
import { addToJsonc, parseJsonc } from "./edit-jsonc.ts";
import { addToToml, parseToml } from "./edit-toml.ts";
import { type ConfigPart, defaultMain, missingParts, type WranglerConfig } from "./missing-parts.ts";
import { exportLine, exportsClasses, workerSource } from "./worker-source.ts";

export type ConfigFormat = "jsonc" | "toml";

/** What was done, and what is left to do. */
export interface InitReport {
  /** The configuration, below the folder. */
  readonly config: string;
  /** The Worker, below the folder. */
  readonly worker: string;
  /** What was added; empty if all was there. */
  readonly changes: readonly string[];
  /** What only the user can do. */
  readonly next: readonly string[];
}

/** In the order in which wrangler looks for them. */
const configNames = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];
/** Other files that are missing may be what a build writes. */
const typescript = /\.[cm]?tsx?$/;
const sourceFiles = /\.[cm]?[jt]sx?$/;

/** Adds bindings and a Worker to a folder. Throws `FailedError` for a file that it can't read, before it writes anything. */
export async function initProject(folder: string, format: ConfigFormat): Promise<InitReport> {
  const found = await findConfig(folder);
  const config = found?.name ?? `wrangler.${format}`;
  const isToml = config.endsWith(".toml");
  const text = found?.text ?? (isToml ? "" : "{}\n");
  const parse = isToml ? parseToml : parseJsonc;
  const parsed = parse(text, config);
  const missingIn = (configuration: WranglerConfig) => missingParts(configuration, basename(resolve(folder)));
  const parts = missingIn(parsed);
  const edited = parts.length === 0 ? text : isToml ? addToToml(text, parts) : addToJsonc(text, parts);
  // what looks like the place for a part may lie in a text of several lines
  const [lost] = missingIn(parse(edited, config));
  if (lost) throw new FailedError(`${config} has an unusual form: add to it by hand ${lost.description}`);
  const worker = parsed.main ?? defaultMain;
  const source = await readIfThere(join(folder, worker));
  if (source === undefined && !sourceFiles.test(worker)) {
    throw new FailedError(`${config} names ${worker} as the Worker, which is not there and is no file of code`);
  }
  if (edited !== text) await writeFile(join(folder, config), edited);
  const isWritten = source === undefined && (parsed.main === undefined || typescript.test(worker));
  if (isWritten) {
    await mkdir(dirname(join(folder, worker)), { recursive: true });
    await writeFile(join(folder, worker), workerSource);
  }
  const changes = [
    ...parts.map(({ description }: ConfigPart) => `${config}: ${description}`),
    ...(isWritten ? [`${worker}: a Worker with the HTTP API`] : []),
  ];
  return {
    config,
    worker,
    changes,
    next: await nextSteps(folder, { parsed, config, worker, source: isWritten ? workerSource : source }),
  };
}

async function findConfig(folder: string): Promise<{ name: string; text: string } | undefined> {
  for (const name of configNames) {
    const text = await readIfThere(join(folder, name));
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

interface Project {
  readonly parsed: WranglerConfig;
  readonly config: string;
  readonly worker: string;
  /** The Worker, if it is there. */
  readonly source: string | undefined;
}

async function nextSteps(folder: string, { parsed, config, worker, source }: Project): Promise<string[]> {
  const steps: string[] = [];
  const manifest = (await readIfThere(join(folder, "package.json"))) ?? "";
  if (!manifest.includes('"reprise"')) steps.push("Install the package reprise in this folder");
  if (!manifest.includes('"wrangler"')) steps.push("Install wrangler: npm install --save-dev wrangler");
  if (source === undefined || !exportsClasses(source)) {
    steps.push(`Add to ${worker}, so that wrangler finds the classes: ${exportLine}`);
  }
  const environments = Object.keys(parsed.env ?? {});
  if (environments.length > 0) {
    steps.push(`Copy the bindings in ${config} into env.${environments.join(", env.")}: environments inherit none`);
  }
  const secrets = (await readIfThere(join(folder, ".dev.vars"))) ?? "";
  if (!secrets.includes("REPRISE_SECRET=")) {
    steps.push(
      'Make a secret for wrangler dev, and keep the file out of git: echo "REPRISE_SECRET=$(openssl rand -base64 48)" >> .dev.vars',
    );
  }
  return [
    ...steps,
    "Start it: npx wrangler dev",
    "In a second terminal: export REPRISE_URL=http://localhost:8787 REPRISE_TOKEN=$(npx reprise token mint --secret-file .dev.vars --operations read,list --expires 1h); npx reprise ls",
    "Put it online: npx wrangler deploy, then openssl rand -base64 48 | npx wrangler secret put REPRISE_SECRET",
  ];
}
