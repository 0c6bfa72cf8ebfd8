import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { WranglerServer } from "../demo/wrangler-server.ts";

/** Serves the API with a task. `kv`: without R2. */
export function startLoadServer(env?: "kv"): Promise<WranglerServer> {
  return WranglerServer.start({
    args: ["--config", "tests/tasks/load/wrangler.toml", ...(env ? ["--env", env] : [])],
    assets: async (folder) => {
      const empty = join(folder, "page");
      await mkdir(empty);
      return empty;
    },
  });
}

/** Bytes of memory that the workerd processes of a server use. `undefined` on a system without `ps`. */
export async function memoryOf({ group }: WranglerServer): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pgid=,rss=,comm="]);
    const rows = stdout.split("\n").map((row) => row.trim().split(/\s+/));
    const own = rows.filter(([pgid, , name]) => Number(pgid) === group && name?.includes("workerd"));
    return own.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1_024, 0);
  } catch {
    return undefined;
  }
}
