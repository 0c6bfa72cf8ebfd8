import type { StandardSchema } from "../../core/freshness/standard-schema.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { sha256 } from "./response-key.ts";
import { listOf } from "./sharing.ts";

/** A response as the store keeps it. */
export interface KeptResponse {
  readonly status: number;
  readonly headers: [name: string, value: string][];
  /** Absent: the response has no body. */
  readonly body?: Uint8Array;
}

/** Stands for a response that must not be shared, so that other requests don't wait for it ("hit-for-pass"). */
export interface PassedResponse {
  /** The reason. */
  readonly pass: string;
  /** Until when others run their own handlers, in milliseconds since 1970. */
  readonly until: number;
}

/** How long others run their own handlers after a response that must not be shared, in milliseconds. */
const passFor = 60_000;

export function passedResponse(reason: string, now: number): PassedResponse {
  return { pass: reason, until: now + passFor };
}

/**
 * Fits all but the outdated stand-ins of responses. Served while its replacement is made, such a stand-in would make the handlers
 * run twice for one request.
 */
export function withoutOldPasses(now: () => number): StandardSchema<KeptResponse | PassedResponse> {
  const validate = (value: unknown) => {
    const found = value as KeptResponse | PassedResponse;
    return "pass" in found && found.until <= now() ? { issues: [{ message: "It is outdated" }] } : { value: found };
  };
  return { "~standard": { version: 1, vendor: "reprise", validate } };
}

/** Headers that belong to a connection or to the length of one message (RFC 9111, 3.1). */
const passing = [
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Headers that say how long a response may be used, whoever set them. */
const deciding: ReadonlySet<string> = /* @__PURE__ */ new Set(["age", "cache-control", "date", "expires"]);

/** The value for a response whose body has been read. `before`: the headers that it had before its handler ran. */
export async function keep(
  { status, headers: all }: Response,
  before: Headers,
  body: Uint8Array | undefined,
): Promise<KeptResponse> {
  const headers = new Headers(all);
  // middleware in front sets them for each request anew
  for (const [name, value] of before) if (headers.get(name) === value && !deciding.has(name)) headers.delete(name);
  for (const name of [...passing, ...listOf(all.get("Connection"))]) headers.delete(name);
  // a weak one, since middleware in front may compress the body
  if (body && status === 200 && !headers.has("ETag")) headers.set("ETag", `W/"${await sha256(body)}"`);
  return { status, headers: [...headers], ...(body && { body }) };
}

/** Milliseconds for which others wait for the end of a body. */
const longestBody = 60_000;

/**
 * The bytes of a body, or the reason why it is not read to its end. Then the rest of the stream is left to the other branch
 * of the body.
 */
export async function readUpTo(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  timeout = longestBody,
): Promise<Uint8Array | "too-large" | "too-slow"> {
  const reader = body.getReader();
  let isLate = false;
  // the other branch may never end, so nothing waits for this
  const leave = () => void reader.cancel().catch(() => {});
  const stop = later(timeout, () => {
    isLate = true;
    leave();
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isLate) return "too-slow";
      if (done) return concat(chunks, size);
      size += value.byteLength;
      if (size > maxBytes) return "too-large";
      // both branches get the same bytes
      chunks.push(value.slice());
    }
  } finally {
    stop();
    leave();
  }
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
