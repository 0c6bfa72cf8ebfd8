import type { BenchBrowser } from "../browser/bench-browser.ts";
import { measure, type Measurement } from "../measure.ts";

const page = "reload/reload-page.ts";
const modules = { ours: "/module/reload/reprise.ts", reference: "/module/reload/idb-keyval.ts" };

/** The first hit of a fresh page each time, whose scripts the browser has loaded before. */
export async function measureReload(browser: BenchBrowser): Promise<Measurement> {
  const onFreshPage = async <T>(name: string, module: string): Promise<T> => {
    await using fresh = await browser.openPage(page);
    return await fresh.call<T>(name, module);
  };
  for (const module of Object.values(modules)) await onFreshPage("keep", module);
  return measure({
    count: 1,
    timesItself: true,
    ours: () => onFreshPage("timeHit", modules.ours),
    reference: () => onFreshPage("timeHit", modules.reference),
  });
}
