import { edgeMapsPath, edgePath, type EdgeMapJson } from "./edge-paths.ts";
import { type PageOptions, settingsQuery } from "./settings.ts";

/** How long a page that has no edge waits to be told so, in milliseconds. */
const patience = 2_000;

/** Whether whoever serves this page has the API too. A page that is served by files alone does without it. */
export const edgeAnswers: boolean = await askForEdge();

async function askForEdge(): Promise<boolean> {
  try {
    const { status } = await fetch(edgePath, { cache: "no-store", signal: AbortSignal.timeout(patience) });
    return status === 204;
  } catch {
    return false;
  }
}

/** Has the Worker compute a map and keep it. Gives whether it was this call for which it was computed. */
export async function computeAtEdge(options: PageOptions, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`${edgeMapsPath}?${settingsQuery(options)}`, { method: "POST", signal });
  const answer = (await response.json()) as EdgeMapJson & { readonly detail?: string };
  if (!response.ok) throw new Error(answer.detail ?? `HTTP ${response.status}`);
  return answer.computed;
}
