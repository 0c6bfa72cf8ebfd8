import { type Freshness, freshnessOf } from "../../core/freshness/freshness.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { formatFromNow } from "./format.ts";

/** The state of a record, for a call that allows every stale result for which the record is kept. */
export function recordFreshness(metadata: ResultRecordMetadata, now: number): Freshness {
  return freshnessOf({ metadata }, { staleWhileRevalidate: metadata.staleFor ?? 0 }, now);
}

/** How long a record counts: "fresh, expires in 5 min.", "stale, expired 5 min. ago". */
export function describeLifetime(metadata: ResultRecordMetadata, now: number): string {
  const { expiration, isError } = metadata;
  const kind = isError ? "an error that was kept, " : "";
  if (!expiration) return `${kind}fresh, never expires`;
  const state = recordFreshness(metadata, now);
  const time = formatFromNow(expiration.getTime(), now);
  if (state === "fresh") return `${kind}fresh, expires ${time}`;
  return `${kind}${state === "gone" ? "" : `${state}, `}expired ${time}`;
}
