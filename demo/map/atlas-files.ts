import statesUrl from "vega-data/us-10m.json?url";
import worldUrl from "world-atlas/countries-110m.json?url";
import americaUrl from "world-atlas/countries-50m.json?url";
import { Loads } from "../support/loads.ts";

/** The texts of the files with coasts and borders: of the world, or of America and its states. */
export const atlasFiles = new Loads<boolean, string[]>((isWorld) =>
  Promise.all(isWorld ? [loadText(worldUrl)] : [loadText(americaUrl), loadText(statesUrl)]),
);

async function loadText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
  return response.text();
}
