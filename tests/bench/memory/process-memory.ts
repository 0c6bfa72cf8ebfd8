import { readdir, readFile, writeFile } from "node:fs/promises";

/**
 * Watches all processes that a browser with this profile has now. The result resolves to the megabytes by which their memory has
 * grown at its peak: the sum over the processes, each at its own peak. Array buffers, shared memory and the databases' own memory
 * are in it. Linux counts it.
 */
export async function watchMemory(profile: string): Promise<() => Promise<number>> {
  const watched = await processesOf(profile);
  if (watched.length === 0) throw new Error("Memory is measured on Linux only");
  const before = await Promise.all(watched.map((id) => kilobytes(id, "VmRSS")));
  // the kernel forgets the peak so far
  await Promise.all(watched.map((id) => writeFile(`/proc/${id}/clear_refs`, "5")));
  return async () => {
    const peaks = await Promise.all(watched.map((id) => kilobytes(id, "VmHWM")));
    const growth = peaks.map((peak, i) => Math.max(0, peak - before[i]!));
    return growth.reduce((sum, grown) => sum + grown, 0) / 1_000;
  };
}

/** Ids of the browser's process and all that it has started. */
async function processesOf(profile: string): Promise<number[]> {
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = new Map(await Promise.all(ids.map(async (id) => [id, await parentOf(id)] as const)));
  const commands = new Map(await Promise.all(ids.map(async (id) => [id, await textOf(id, "cmdline")] as const)));
  const isBrowser = (id: number) => commands.get(id)?.includes(`--user-data-dir=${profile}\0`);
  const belongs = (id: number | undefined): boolean => id !== undefined && (isBrowser(id) || belongs(parents.get(id)));
  return ids.filter((id) => belongs(id));
}

async function parentOf(id: number): Promise<number | undefined> {
  const [, parent] = /^PPid:\s+(\d+)/m.exec(await textOf(id, "status")) ?? [];
  return parent === undefined || parent === "0" ? undefined : Number(parent);
}

async function kilobytes(id: number, name: "VmRSS" | "VmHWM"): Promise<number> {
  const [, amount] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(await textOf(id, "status")) ?? [];
  return Number(amount ?? 0) * 1.024;
}

/** Empty for a process that has ended. */
function textOf(id: number, file: "status" | "cmdline"): Promise<string> {
  return readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
}
