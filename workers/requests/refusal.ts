import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isRepriseError, type RepriseError } from "../../src/errors/index.ts";
import { problemMediaType, toProblem, type Problem } from "../../src/http/protocol.ts";

type Headers = Readonly<Record<string, string>>;

/** A request that is not answered as it asked: the problem to send, and what the status wants in the headers. */
export class Refusal extends Error {
  readonly problem: Problem;
  readonly headers: Headers;

  constructor(problem: Problem, headers: Headers = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }

  /** With another status than the kind of `error` has, or with headers. */
  static of(error: RepriseError, status?: number, headers?: Headers): Refusal {
    return new Refusal(toProblem(error, status), headers);
  }
}

const type = "about:blank";

export function unknownRoute(): Refusal {
  const detail = "There is nothing at this path; /v1/openapi.json describes what there is";
  return new Refusal({ type, title: "There is no such route", status: 404, detail, code: "UNKNOWN_ROUTE" });
}

export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  const allow = allowed.join(", ");
  const problem = { type, title: "The method is not allowed here", status: 405, code: "METHOD_NOT_ALLOWED" };
  return new Refusal({ ...problem, detail: `${method} means nothing here; there are ${allow}` }, { allow });
}

/** Of a body longer than `limit` bytes. */
export function tooLarge(limit: number): Refusal {
  const detail = `The body has more than ${limit} bytes`;
  return new Refusal({ type, title: "The body is too large", status: 413, detail, code: "TOO_LARGE" });
}

export function wrongMediaType(given: string | undefined, expected: string): Refusal {
  const detail = `The content type has to be ${expected}; got ${given ?? "none"}`;
  const title = "The body is of a type that is not taken here";
  return new Refusal({ type, title, status: 415, detail, code: "UNSUPPORTED_MEDIA_TYPE" }, { accept: expected });
}

/** Nothing of an error that isn't ours is told: its message may say anything. */
const internal: Problem = {
  type,
  title: "The request failed",
  status: 500,
  detail: "The server failed at this; its log says why",
  code: "INTERNAL",
};

/** Answers every error as a problem. `report` gets those that whoever runs the server has to hear of. */
export function answerError(error: unknown, c: Context, report: (error: unknown) => void): Response {
  if (error instanceof Refusal) return answerProblem(c, error.problem, error.headers);
  const problem = isRepriseError(error) ? toProblem(error) : internal;
  if (problem.status >= 500) report(error);
  return answerProblem(c, problem, {});
}

function answerProblem(c: Context, problem: Problem, headers: Headers): Response {
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    ...headers,
    "cache-control": "no-store",
    "content-type": problemMediaType,
  });
}
