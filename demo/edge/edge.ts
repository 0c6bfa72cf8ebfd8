import { edgePath } from "./edge-path.ts";

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
