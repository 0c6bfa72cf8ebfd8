import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { buildProjects } from "../../scripts/build-projects.mjs";
import { projectRoot } from "./module-graph.ts";

const execute = promisify(execFile);
const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");

/** What a program said and whether it ended well. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

async function node(args: readonly string[], cwd: string): Promise<Outcome> {
  try {
    const { stdout } = await execute(process.execPath, args, { cwd });
    return { ok: true, output: stdout };
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    return { ok: false, output: `${stdout}${stderr}` || String(error) };
  }
}

/** A project of a user's, with this package built and installed in it as npm would do it. */
export class BuiltPackage implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Lies below this project at first, so that the package's own dependencies are found. `folder`: another one, where they are too. */
  static async build(folder?: string): Promise<BuiltPackage> {
    const built = new BuiltPackage(folder ?? (await mkdtemp(join(projectRoot, "node_modules/.reprise-package-"))));
    await mkdir(join(built.folder, "node_modules/reprise"), { recursive: true });
    await cp(join(projectRoot, "package.json"), join(built.packageFolder, "package.json"));
    for (const project of buildProjects) {
      const outDir = join(built.packageFolder, "dist");
      const { ok, output } = await node([tsc, "-p", join(projectRoot, project), "--outDir", outDir], projectRoot);
      if (ok) continue;
      await built[Symbol.asyncDispose]();
      throw new Error(`The build of ${project} failed:\n${output}`);
    }
    return built;
  }

  get packageFolder(): string {
    return join(this.folder, "node_modules/reprise");
  }

  /** Runs a module of the user's project in plain Node. */
  run(source: string, nodeOptions: readonly string[] = []): Promise<Outcome> {
    return node([...nodeOptions, "--input-type=module", "--eval", source], this.folder);
  }

  /** Checks the types of a module of the user's project. */
  async typeCheck(source: string, compilerOptions: Readonly<Record<string, unknown>>): Promise<Outcome> {
    const project = await mkdtemp(join(this.folder, "types-"));
    const options = { strict: true, noEmit: true, target: "ES2022", types: [], ...compilerOptions };
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["main.ts"] }));
    await writeFile(join(project, "main.ts"), source);
    return node([tsc, "-p", project], project);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
