import { toMilliseconds, type Duration } from "../core/duration.ts";
import { ConfigurationError } from "../errors/index.ts";

/** How the HTTP API of a Worker is reached. */
export interface HttpOptions {
  /** Where the Worker is, such as `"https://results.example.com"`, with the path that the API is mounted under, if any. */
  url: string | URL;
  /** The bearer token, or what gives one: asked anew for each request, and once more where the token was refused. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** How long the server may leave a request, or the rest of an answer, without a sign of life; 10 seconds at first. */
  timeout?: Duration | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Takes the place of the platform's own. */
  fetch?: Fetch | undefined;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ResolvedHttpOptions {
  /** Without a slash at its end. */
  readonly base: string;
  readonly isLoopback: boolean;
  readonly token: string | (() => string | Promise<string>) | undefined;
  readonly timeout: number;
  readonly headers: Headers;
  readonly fetch: Fetch;
}

/** Throws `ConfigurationError`, or `InvalidArgumentError` for the timeout. */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  if (typeof options !== "object" || options === null) {
    throw new ConfigurationError(`An object with a url is needed; got ${options === null ? "null" : typeof options}`);
  }
  const { token, timeout = "10s", headers, fetch } = options;
  const url = resolveUrl(options.url);
  if (typeof token === "string") assertToken(token);
  else if (token !== undefined && typeof token !== "function") {
    throw new ConfigurationError(`token has to be a string or a function that gives one; got ${typeof token}`);
  }
  if (fetch !== undefined && typeof fetch !== "function") {
    throw new ConfigurationError(`fetch has to be a function; got ${typeof fetch}`);
  }
  return {
    base: url.origin + url.pathname.replace(/\/+$/, ""),
    isLoopback: /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname),
    token,
    timeout: toMilliseconds(timeout, "timeout"),
    headers: resolveHeaders(headers),
    // looked up late and called on its own: browsers refuse a `fetch` with another `this`
    fetch: fetch ?? ((target, init) => globalThis.fetch(target, init)),
  };
}

/** Throws `ConfigurationError` for what no header can carry. */
export function assertToken(token: unknown): asserts token is string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return;
  throw new ConfigurationError("The token has to be a string of visible ASCII characters, and not empty");
}

/** A path alone means the page's own origin, where there is a page. */
function resolveUrl(given: unknown): URL {
  const { location } = globalThis as Partial<typeof globalThis>;
  let url: URL;
  try {
    url = new URL(given as string, location?.href);
  } catch (cause) {
    throw new ConfigurationError(
      `url has to be where the Worker is, such as "https://results.example.com"; got ${typeof given === "string" ? `"${given}"` : typeof given}`,
      { cause },
    );
  }
  const what =
    (typeof given !== "string" || given === "") && !(given instanceof URL)
      ? "has to be a string or a URL"
      : url.protocol !== "https:" && url.protocol !== "http:"
        ? "has to begin with https:// or http://"
        : url.username || url.password
          ? "can't carry a name and a password: give a token"
          : url.search || url.hash
            ? "can't have a query or a fragment"
            : undefined;
  if (what) throw new ConfigurationError(`url ${what}; got "${url.origin}${url.pathname}"`);
  return url;
}

function resolveHeaders(given: Readonly<Record<string, string>> | undefined): Headers {
  try {
    return new Headers(given);
  } catch (cause) {
    throw new ConfigurationError("headers has to be an object of names and values that HTTP can carry", { cause });
  }
}
