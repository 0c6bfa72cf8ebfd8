import { openCursor, sealCursor } from "../../src/edge/bindings/list-cursor.ts";
import { ConfigurationError, InvalidArgumentError } from "../../src/errors/index.ts";
import { metadataToJson, type ListPageJson } from "../../src/http/requests/protocol.ts";
import type { ApiContext } from "../requests/api-context.ts";
import { show } from "../requests/parse-fields.ts";
import { prefixOf, queryNumber, queryOf } from "../requests/read-request.ts";
import { Refusal } from "../requests/refusal.ts";
import { judgeMetadata } from "./judge-record.ts";

const maxLimit = 1_000;

function limitOf(query: URLSearchParams): number {
  const limit = queryNumber(query, "limit") ?? maxLimit;
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit;
  throw new InvalidArgumentError(`limit has to be a whole number from 1 to ${maxLimit}; got ${show(limit)}`);
}

/** Answers with a page of metadata. */
export async function listRecords(c: ApiContext): Promise<Response> {
  const storage = c.get("storage");
  const query = queryOf(c);
  const prefix = prefixOf(c);
  const limit = limitOf(query);
  const sealed = query.get("cursor");
  const cursor = sealed === null ? undefined : openCursor(prefix, sealed);
  if (!storage.list) {
    throw Refusal.of(
      new ConfigurationError(`The storage "${storage.type}" of this server can't list: it has no method list`),
      501,
    );
  }
  const page = await storage.list({ prefix, limit, cursor });
  const judged = await Promise.all(page.records.map((metadata) => judgeMetadata(storage, metadata)));
  const records = judged.flatMap((metadata) => (metadata ? metadataToJson(metadata) : []));
  const json: ListPageJson = {
    records,
    ...(page.cursor !== undefined && { cursor: sealCursor(prefix, page.cursor) }),
  };
  c.header("Cache-Control", "no-store");
  return c.json(json);
}
