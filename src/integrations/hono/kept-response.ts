import { later } from "../../core/concurrency/settle-within.ts";
import { sha256 } from "./response-key.ts";
import { ageOf, listOf } from "./sharing.ts";

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
export const passFor = 60_000;

/** Above this number of keys, the oldest are forgotten. */
const rememberedKeys = 1_000;

/** The latest responses here that must not be shared, by their keys. */
export class Passes {
  readonly #found = new Map<string, PassedResponse>();

  get(key: string, now: number): PassedResponse | undefined {
    const found = this.#found.get(key);
    return found && found.until > now ? found : undefined;
  }

  note(key: string, pass: PassedResponse): void {
    this.#found.delete(key);
    this.#found.set(key, pass);
    const [oldest = key] = this.#found.keys();
    if (this.#found.size > rememberedKeys) this.#found.delete(oldest);
  }
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

/** Headers of the body, and those that say how long a response may be used, whoever set them. */
const lasting: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "age",
  "cache-control",
  "content-type",
  "date",
  "expires",
]);

/**
 * The value for a response whose body has been read. `before`: the headers that it had before its handler ran. `delay`: the
 * milliseconds that its `Age` lacks.
 */
export async function keep(
  { status, headers: all }: Response,
  before: Headers,
  body: Uint8Array | undefined,
  delay: number,
): Promise<KeptResponse> {
  const headers = new Headers(all);
  // middleware in front sets them for each request anew
  for (const [name, value] of before) if (headers.get(name) === value && !lasting.has(name)) headers.delete(name);
  for (const name of [...passing, ...listOf(all.get("Connection"))]) headers.delete(name);
  if (delay >= 1_000) headers.set("Age", String(Math.floor((ageOf(all) + delay) / 1_000)));
  // a weak one, since middleware in front may compress the body
  if (body && status === 200 && !headers.has("ETag")) headers.set("ETag", `W/"${await sha256(body)}"`);
  return { status, headers: [...headers], ...(body && { body }) };
}

/**
 * The bytes of a body, or the reason why it is not read to its end within `timeout` milliseconds, or ever if that is 0. Then
 * the rest of the stream is left to the other branch of the body.
 */
export async function readUpTo(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  timeout: number,
): Promise<Uint8Array | "too-large" | "too-slow"> {
  const reader = body.getReader();
  let isLate = false;
  // the other branch may never end, so nothing waits for this
  const leave = () => void reader.cancel().catch(() => {});
  const give = () => {
    isLate = true;
    leave();
  };
  const stop = timeout > 0 ? later(timeout, give) : undefined;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isLate) return "too-slow";
      if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
      size += value.byteLength;
      if (size > maxBytes) return "too-large";
      // both branches get the same bytes
      chunks.push(value.slice());
    }
  } finally {
    stop?.();
    leave();
  }
}
