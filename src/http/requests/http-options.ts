import { assertOptions } from "../../core/support/assert-options.ts";
import { toMilliseconds, type Duration } from "../../core/support/duration.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { assertTokenSource, type TokenSource } from "./token.ts";

/** Options for reaching the HTTP API of a Worker. */
export interface HttpOptions {
  /** The URL of the Worker, such as `"https://results.example.com"`, including the path that the API is mounted under. */
  url: string | URL;
  /** The bearer token, or a function that returns one. It is called for each request, and once more if a token was refused. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** How long the server may stay silent during a request or an answer. Default: 10 seconds. */
  timeout?: Duration | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Replaces the platform's `fetch`. */
  fetch?: Fetch | undefined;
}

export const httpOptionNames = ["url", "token", "timeout", "headers", "fetch"] as const;

/** A `fetch` that takes a URL as text. The platform's own fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ResolvedHttpOptions {
  /** Without a trailing slash. */
  readonly base: string;
  readonly isLoopback: boolean;
  readonly token: TokenSource | undefined;
  readonly timeout: number;
  readonly headers: Headers;
  readonly fetch: Fetch;
}

/** Throws `ConfigurationError`, or `InvalidArgumentError` for the timeout. */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(
      `Pass an object with a url, such as { url: "https://results.example.com" }; got ${options === null ? "null" : typeof options}`,
    );
  }
  assertOptions("A client of the Worker", options, httpOptionNames);
  const { token, timeout = "10s", headers, fetch } = options;
  const url = resolveUrl(options.url);
  if (token !== undefined) assertTokenSource(token);
  if (fetch !== undefined && typeof fetch !== "function") {
    throw new ConfigurationError(`fetch has to be a function; got ${typeof fetch}`);
  }
  return {
    base: url.origin + url.pathname.replace(/\/+$/, ""),
    isLoopback: /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname),
    token,
    timeout: toMilliseconds(timeout, "timeout"),
    headers: resolveHeaders(headers),
    // looked up at each call and called unbound: browsers refuse a `fetch` with another `this`
    fetch: fetch ?? ((target, init) => globalThis.fetch(target, init)),
  };
}

/** A path alone is resolved against the page's origin, if there is a page. */
function resolveUrl(given: unknown): URL {
  const { location } = globalThis as { location?: { href: string } };
  let url: URL;
  try {
    url = new URL(given as string, location?.href);
  } catch (cause) {
    throw new ConfigurationError(`url ${whereItIs}; got ${String(given)}`, { cause });
  }
  const wrong = mistakeIn(url, given);
  if (wrong) throw new ConfigurationError(`url ${wrong}; got ${originOf(url)}${url.pathname}`);
  return url;
}

/** `localhost:8787` without `http://` is a URL whose scheme is `localhost`. It has no origin. */
const originOf = ({ origin, protocol }: URL): string => (origin === "null" ? protocol : origin);

const whereItIs = `has to be where the Worker is, such as "https://results.example.com"`;

function mistakeIn(url: URL, given: unknown): string | undefined {
  if (!(given instanceof URL) && (typeof given !== "string" || given === "")) return whereItIs;
  if (url.protocol !== "https:" && url.protocol !== "http:") return "has to begin with https:// or http://";
  if (url.username || url.password) return "can't carry a name and a password: give a token";
  return url.search || url.hash ? "can't have a query or a fragment" : undefined;
}

function resolveHeaders(given: Readonly<Record<string, string>> | undefined): Headers {
  try {
    return new Headers(given);
  } catch (cause) {
    throw new ConfigurationError("headers has to be an object of names and values that HTTP can carry", { cause });
  }
}
