import type { BeginJson, PlaceJson } from "../../src/http/requests/protocol.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { toFlag, toName } from "../requests/parse-fields.ts";
import { readJson } from "../requests/read-body.ts";

/** Answers with the place of a computation that begins now, without a lock. */
export async function beginComputation(c: ApiContext): Promise<Response> {
  const { replaces = false, found }: BeginJson = await readJson(c);
  const place = await c.get("storage").begin?.(c.get("key"), {
    replaces: toFlag(replaces, "replaces"),
    found: found === undefined || found === null ? found : toName(found, "found"),
  });
  c.header("Cache-Control", "no-store");
  return c.json({ place: place ?? "" } satisfies PlaceJson);
}
