import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { isRepriseError } from "../../src/errors/index.ts";
import {
  isOutcome,
  outcomeMediaType,
  problemMediaType,
  toProblem,
  type Problem,
} from "../../src/http/requests/protocol.ts";
import { type ProblemHeaders, Refusal } from "./refusal.ts";

/** Any other error becomes this problem. Its own message may hold secrets, so callers never see it. */
const internal: Problem = {
  type: "about:blank",
  title: "The request failed",
  status: 500,
  detail: "The server failed at this; its log says why",
  code: "INTERNAL",
};

/** Answers every error as a problem, or as an outcome where that is one and the client accepts its type. Calls `report` with the errors that the operator of the server has to see. */
export function answerError(error: unknown, c: Context, report: (error: unknown) => void): Response {
  if (error instanceof Refusal) return answerProblem(c, error.problem, error.headers);
  const problem = isRepriseError(error) ? toProblem(error) : internal;
  if (problem.status >= 500) report(error);
  return answerProblem(c, problem, {});
}

function answerProblem(c: Context, problem: Problem, headers: ProblemHeaders): Response {
  // an answer to HEAD has no body that says which outcome it is, so it can only be a miss
  const mayBeOutcome = isOutcome(problem) && (c.req.method !== "HEAD" || problem.status === 404);
  const isAccepted = mayBeOutcome && c.req.header("Accept")?.includes(outcomeMediaType);
  const [status, type] = isAccepted ? [200, outcomeMediaType] : [problem.status, problemMediaType];
  return c.body(JSON.stringify(problem), status as ContentfulStatusCode, {
    ...headers,
    ...(mayBeOutcome && { vary: "Accept" }),
    "cache-control": "no-store",
    "content-type": type,
  });
}
