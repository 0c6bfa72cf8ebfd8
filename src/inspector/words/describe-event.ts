import type { MissReason, ResultSource, StoreEvent } from "../../core/events/store-event.ts";
import type { Invalidation, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { countOf, formatBytes, formatClock, formatError, formatTime } from "./format.ts";

const sources: Readonly<Record<ResultSource, string>> = {
  computed: "computed by this call",
  memory: "from the memory of this context",
  storage: "from the storage",
  joined: "from another call in this context, which was computing it",
  waited: "from another tab, worker or region, for which this call waited",
};

const reasons: Readonly<Record<MissReason, string>> = {
  absent: "There was no record",
  expired: "The record had expired, and no option allows a stale one",
  stale: "The record is stale or due, so a computation in the background replaces it",
  invalidated: "An invalidation covers the record",
  corrupt: "The record is damaged",
  unsupported: "The record can’t be read here: its version, its serializer or a class in it is not known",
  "schema-mismatch": "The result doesn’t fit the schema",
  "storage-error": "The storage failed",
  refresh: "The call asked for a new result",
};

/** The records that a target covers, in words. */
export function describeTarget(target: InvalidationTarget): string {
  if (target === "all") return "all records";
  if ("prefix" in target) return `all keys that begin with “${target.prefix}”`;
  if ("tags" in target) return `all records with ${list(target.tags, "tag")}`;
  return list(target.keys, "key");
}

function list(names: readonly string[], word: string): string {
  const shown = names.slice(0, 3).map((name) => `“${name}”`);
  const rest = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return `the ${word}${names.length === 1 ? "" : "s"} ${shown.join(", ")}${rest}`;
}

/** Why a call found no usable record. */
function describeMiss({ reason, invalidation, error }: Extract<StoreEvent, { type: "miss" }>): string {
  const cause = invalidation ? `: ${describeInvalidation(invalidation)}` : "";
  return `${reasons[reason]}${cause}${error === undefined ? "" : `. ${formatError(error)}`}.`.replace(/\.\.$/, ".");
}

function describeInvalidation({ target, mode, at }: Invalidation): string {
  const verb = mode === "expire" ? "let expire" : "deleted";
  return `at ${formatClock(at)} somebody ${verb} ${describeTarget(target)}`;
}

/** The source of an answer, in words. */
function describeSource({ source, from, isStale }: Extract<StoreEvent, { type: "done" }>): string {
  return `${sources[source]}${from === undefined ? "" : ` (${from})`}${isStale ? ", and stale" : ""}`;
}

type Describers = { readonly [Type in StoreEvent["type"]]: (event: Extract<StoreEvent, { type: Type }>) => string };

const describers: Describers = {
  "call-start": () => "A call begins, and memory has no answer.",
  join: ({ to }) => `The call waits for the computation of ${to === undefined ? "another call" : `call ${to}`}.`,
  look: ({ miss, duration }) =>
    `The call looked into the storage for ${formatTime(duration)}, and ${miss === undefined ? "found the record" : "has to go on"}.`,
  "call-error": ({ error, duration }) => `The call failed after ${formatTime(duration)}. ${formatError(error)}`,
  done: (event) => `The call has its answer after ${formatTime(event.duration)}, ${describeSource(event)}.`,
  miss: describeMiss,
  "lock-wait": () => "The call waits for the lock.",
  "lock-acquired": ({ token, takenOver }) =>
    `A caller here has the lock, with the token ${token}${takenOver ? ", since an earlier lease ran out" : ""}.`,
  "lock-released": () => "The caller has released the lock.",
  "lock-lost": ({ error }) => `The lease ended before the work did. ${formatError(error)}`,
  "lock-error": ({ error }) => `The lock failed, so the computation goes on without it. ${formatError(error)}`,
  "compute-start": () => "The function begins.",
  progress: ({ fraction, note }) => `${Math.floor(fraction * 100)} % is done${note ? `: ${note}` : ""}.`,
  "compute-end": ({ duration }) => `The function returned a value after ${formatTime(duration)}.`,
  "compute-error": ({ error }) => `The function threw. ${formatError(error)}`,
  write: ({ size, duration }) => `The storage kept ${formatBytes(size)} in ${formatTime(duration)}.`,
  "refresh-error": ({ error }) => `A computation in the background failed. ${formatError(error)}`,
  "write-error": ({ error }) => `The result was not kept. ${formatError(error)}`,
  "hook-error": ({ error }) => `A hook of a transaction failed. ${formatError(error)}`,
  delete: () => "The record was deleted by hand.",
  clear: () => "All records were deleted.",
  sweep: ({ expired, evicted }) =>
    `A sweep deleted ${countOf(expired, "expired record")}, and ${evicted} to make room.`,
  invalidate: ({ target, mode }) =>
    `This context ${mode === "expire" ? "let expire" : "invalidated"} ${describeTarget(target)}.`,
  change: ({ target }) => `Another context changed ${describeTarget(target)}.`,
  offline: ({ from, error }) => `“${from}” can’t be reached. ${formatError(error)}`,
  online: ({ from }) => `“${from}” answers again.`,
  fallback: ({ from, to, error }) => `“${to}” stands in for “${from}”. ${formatError(error)}`,
};

/** An event as a sentence. Empty for an event of a later version. */
export function describeEvent(event: StoreEvent): string {
  const describe = describers[event.type] as ((event: StoreEvent) => string) | undefined;
  return describe?.(event) ?? "";
}
