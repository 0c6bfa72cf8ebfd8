import { maxKeyBytes } from "../../src/core/record/storage-key.ts";
import { ConfigurationError, InvalidArgumentError } from "../../src/errors/index.ts";
import { metadataToJson, type ListPageJson } from "../../src/http/protocol.ts";
import type { ApiContext } from "../api/api-context.ts";
import { openCursor, sealCursor } from "./list-cursor.ts";
import { Refusal } from "../api/problems.ts";
import { queryNumber, queryOf, show } from "../api/requests.ts";

const maxLimit = 1_000;

/** Keys that a page names; all of them where the request has none. Throws `InvalidArgumentError` for one longer than any key. */
export function prefixOf(c: ApiContext): string {
  const prefix = queryOf(c).get("prefix") ?? "";
  if (new TextEncoder().encode(prefix).length <= maxKeyBytes) return prefix;
  throw new InvalidArgumentError(`prefix has at most ${maxKeyBytes} bytes of UTF-8, as keys have`);
}

function limitOf(query: URLSearchParams): number {
  const limit = queryNumber(query, "limit") ?? maxLimit;
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit;
  throw new InvalidArgumentError(`limit has to be a whole number from 1 to ${maxLimit}; got ${show(limit)}`);
}

/** A page of metadata. */
export async function listRecords(c: ApiContext): Promise<Response> {
  const storage = c.get("storage");
  const query = queryOf(c);
  const prefix = prefixOf(c);
  const limit = limitOf(query);
  const sealed = query.get("cursor");
  const cursor = sealed === null ? undefined : openCursor(sealed, prefix);
  if (!storage.list) {
    throw Refusal.of(new ConfigurationError(`The storage "${storage.type}" of this server can't list`), 501);
  }
  const page = await storage.list({ prefix, limit, cursor });
  const records = page.records.map((metadata) => metadataToJson(metadata));
  const json: ListPageJson = {
    records,
    ...(page.cursor !== undefined && { cursor: sealCursor(page.cursor, prefix) }),
  };
  c.header("Cache-Control", "no-store");
  return c.json(json);
}
