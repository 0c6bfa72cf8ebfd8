import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import type { MissReason, StoreEvent } from "../../core/events/store-event.ts";
import { hashTextSync } from "../../core/keys/hash.ts";
import { isRepriseError } from "../../errors/index.ts";
import { keysOf, withoutKeys } from "./hide-keys.ts";

/** Above this number, further names of errors count as `_OTHER`, so that the number of time series stays bounded. */
const rememberedErrorTypes = 50;
const errorTypes = new Set<string>();

/** Describes a key by its hash, and by itself if keys may be seen. */
export function keyAttributes(key: string, showKeys: boolean): Attributes {
  return { "reprise.key.hash": hashTextSync(key), ...(showKeys && { "reprise.key": key }) };
}

export function answerAttributes({ source, from, isStale }: Extract<StoreEvent, { type: "done" }>): Attributes {
  const storage = from === undefined ? {} : { "reprise.storage": from };
  return { "reprise.source": source, ...storage, ...(isStale && { "reprise.stale": true }) };
}

/** Empty for a hit. */
export function missAttributes(reason: MissReason | undefined): Attributes {
  return reason === undefined ? {} : { "reprise.miss.reason": reason };
}

/** The attribute `error.type` of the semantic conventions: the code of an error of ours, or the name of another one. */
export function errorType(error: unknown): string {
  const name = error instanceof Error ? textOf(error.name).slice(0, 100) : typeof error;
  const type = isRepriseError(error) ? error.code : name;
  if (errorTypes.size >= rememberedErrorTypes && !errorTypes.has(type)) return "_OTHER";
  errorTypes.add(type);
  return type;
}

/** Marks a span as failed. Its texts don't show the key `hidden`. An abort has a type, but no error status: its caller asked for it. */
export function fail(span: Span, error: unknown, hidden: string | undefined): void {
  span.setAttribute("error.type", errorType(error));
  const told = withoutOtherLocks(error);
  const { name, message, stack } = told instanceof Error ? told : new Error(textOf(told));
  if (name === "AbortError") return;
  const keys = hidden === undefined ? [] : keysOf(error, hidden);
  const shown = (text: unknown) => withoutKeys(textOf(text), keys);
  span.recordException({
    name: textOf(name),
    message: shown(message),
    ...(stack !== undefined && { stack: shown(stack) }),
  });
  span.setStatus({ code: SpanStatusCode.ERROR, message: shown(message) });
}

/** An error that wraps another of its own kind names the keys of other locks, so the other one is told. */
function withoutOtherLocks(error: unknown): unknown {
  const { cause } = Object(error) as { cause?: unknown };
  return isRepriseError(error) && isRepriseError(cause) && cause.code === error.code ? cause : error;
}

/** The text of any value. An object without a prototype has none, and a function may throw anything. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
