import type { Browser } from "playwright";
import { eventually } from "./demo-page.ts";

/** The id of the process of the tab that computes: the renderer that uses the processor while the others are idle. */
export async function computingProcess(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const seconds = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.filter(({ type }) => type === "renderer").map(({ id, cpuTime }) => [id, cpuTime]));
  };
  const before = await seconds();
  const busiest = async () => {
    const used = [...(await seconds())].map(([id, now]) => ({ id, used: now - (before.get(id) ?? 0) }));
    const [first, second] = used.toSorted((a, b) => b.used - a.used);
    return first && first.used > 0.25 && first.used > 4 * (second?.used ?? 0) ? first.id : undefined;
  };
  let found: number | undefined;
  await eventually(async () => (found = await busiest())).toBeDefined();
  await session.detach();
  return found ?? 0;
}
