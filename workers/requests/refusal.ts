import type { RepriseError } from "../../src/errors/index.ts";
import { openApiPath, toProblem, type Problem } from "../../src/http/requests/protocol.ts";

export type ProblemHeaders = Readonly<Record<string, string>>;

/** Ends a request with a problem: the body to send, and the headers that its status needs. */
export class Refusal extends Error {
  readonly problem: Problem;
  readonly headers: ProblemHeaders;

  constructor(problem: Problem, headers: ProblemHeaders = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }

  /** Refuses with an error of this library. `status` replaces the status that errors of its class have. */
  static of(error: RepriseError, status?: number, headers?: ProblemHeaders): Refusal {
    return new Refusal(toProblem(error, status), headers);
  }
}

const type = "about:blank";

/** Paths with a key whose slashes are left as they are, or with an action that is none. */
const withSlashes = /\/(results|locks|deferred)\/.+\//;

export function unknownRoute(path: string): Refusal {
  const hint = withSlashes.test(path) ? ". A key is one segment of the path: its slashes are written as %2F" : "";
  const detail = `There is nothing at ${path.slice(0, 200)}${hint}. See ${openApiPath}`;
  return new Refusal({ type, title: "There is no such route", status: 404, detail, code: "UNKNOWN_ROUTE" });
}

export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  const allow = allowed.join(", ");
  const problem = { type, title: "The method is not allowed here", status: 405, code: "METHOD_NOT_ALLOWED" };
  return new Refusal({ ...problem, detail: `${method} means nothing here; there are ${allow}` }, { allow });
}

/** Refuses a body that is longer than `limit` bytes. */
export function tooLarge(limit: number): Refusal {
  const detail = `The body has more than ${limit} bytes`;
  return new Refusal({ type, title: "The body is too large", status: 413, detail, code: "TOO_LARGE" });
}

export function wrongMediaType(given: string | undefined, expected: string): Refusal {
  const detail = `The content type has to be ${expected}; got ${given ?? "none"}`;
  const title = "The body is of a type that is not taken here";
  return new Refusal({ type, title, status: 415, detail, code: "UNSUPPORTED_MEDIA_TYPE" }, { accept: expected });
}
