import { format } from "@lukeed/ms";
import { isExpired, isGone } from "../../core/record/is-expired.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";

const byteUnits = ["B", "kB", "MB", "GB", "TB"];

/** Bytes in decimal units: `"1.2 kB"`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), byteUnits.length - 1);
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${byteUnits[power]!}`;
}

/** Milliseconds in their largest unit: `"3m"`, `"6d"`. */
export function formatDuration(milliseconds: number): string {
  return format(Math.max(0, Math.round(milliseconds / 1_000) * 1_000)).replace(/^0ms$/, "0s");
}

/** `"fresh"`, then `"stale"` while it may be served, then `"expired"`: the storage may delete it. */
export type RecordFreshness = "fresh" | "stale" | "expired";

export function freshnessAt(metadata: ResultRecordMetadata, now: number): RecordFreshness {
  if (!isExpired(metadata, now)) return "fresh";
  return isGone(metadata, now) ? "expired" : "stale";
}

/** `"fresh, 6d left"`, `"fresh"` without an expiration, `"stale for 5m"`. */
export function formatFreshness(metadata: ResultRecordMetadata, now: number): string {
  const freshness = freshnessAt(metadata, now);
  if (!metadata.expiration) return freshness;
  const left = metadata.expiration.getTime() - now;
  return left > 0 ? `${freshness}, ${formatDuration(left)} left` : `${freshness} for ${formatDuration(-left)}`;
}

/** `"1 record"`, `"12,000 records"`. */
export function countOf(count: number, singular: string): string {
  return `${count.toLocaleString("en")} ${singular}${count === 1 ? "" : "s"}`;
}
