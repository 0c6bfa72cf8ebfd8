import { headers as names, problemMediaType } from "../../src/http/requests/protocol.ts";
import type { SchemaName } from "./schemas.ts";

/** A reference to a schema of the document. */
export function reference(schema: SchemaName): object {
  return { $ref: `#/components/schemas/${schema}` };
}

/** A JSON body of this schema. */
export function json(schema: SchemaName): object {
  return { "application/json": { schema: reference(schema) } };
}

const text = { type: "string" };
const number = { type: "string", pattern: "^[0-9]+$" };

/** A header of an answer. `required`: every such answer has it. */
const header = (description: string, required: boolean, schema: object = text) => ({ description, required, schema });

export const answerHeaders = {
  etag: { ETag: header("Changes with every write of the record", true) },
  caching: {
    "Cache-Control": header(
      "`private, no-cache`. Of a public result that was asked for without a token: for how long any cache may answer with it",
      true,
    ),
    "Cache-Tag": header(
      "Of an answer that any cache may keep: the key and the tags, percent-encoded, for purges",
      false,
    ),
    Vary: header("The headers of the request that the answer depends on, where the server has public results", false),
    [names.now]: header(
      "The clock of the server, in milliseconds since 1970. Absent if any cache may keep the answer",
      false,
      number,
    ),
  },
  metadata: {
    [names.metadata]: header("The metadata as JSON, percent-encoded. Absent if they are too long for a header", false),
  },
  source: {
    [names.source]: header("Where the record may lag behind", false, { type: "string", enum: ["copy"] }),
  },
  recordGeneration: {
    [names.recordGeneration]: header(
      "The generation in the head of the record as it was kept, if the server has changed it",
      false,
      number,
    ),
  },
  generation: {
    [names.generation]: header(
      "The number of the last invalidation that the server knows. Absent where it numbers none",
      false,
      number,
    ),
  },
  consistency: {
    [names.consistency]: header("What reads of the storage behind may miss", true, {
      type: "string",
      enum: ["strong", "eventual"],
    }),
  },
};

/** With every answer. */
const now = {
  [names.now]: header("The clock of the server, in milliseconds since 1970", true, number),
};

/** What each status of a problem means. */
const reasons: Readonly<Record<number, string>> = {
  400: "The request is not valid: `detail` names what is wrong",
  401: "There is no token, or it is not valid, or it has expired",
  403: "The token does not allow this operation, or not for this key or prefix",
  404: "There is no such record",
  409: "The lock is not held, or was taken over, or the record was invalidated or changed since its value began to be computed",
  412: "The record is not the one that the conditions ask for",
  413: "The body is too large",
  415: "The body is of a type that is not taken here",
  422: "The bytes are no record, not a whole one, not for this key, or of a version that is not known here. Nothing was stored",
  423: "Another holder has the lock",
  500: "The server failed, or is not set up for this",
  501: "The storage of this server can't do this",
  502: "The storage failed",
  503: "The server has no secret, or can't reach its storage",
  507: "The storage is full",
};

/** The headers that come with a problem, by its status. */
const problemHeaders: Readonly<Record<number, object>> = {
  401: { "WWW-Authenticate": header("What is wrong with the token (RFC 6750)", true) },
  403: { "WWW-Authenticate": header("What is wrong with the token (RFC 6750)", true) },
  415: { Accept: header("The type that is taken", true) },
  423: { "Retry-After": header("Seconds", true, number) },
};

/** The problems that may answer any request with a token. */
const always = [400, 401, 403, 500, 502, 503];

/** The answers of an operation: its own, and the problems with the given statuses. */
export function answers(own: Readonly<Record<number, object>>, problems: readonly number[] = []): object {
  const statuses = [...always, ...problems].map((status) => [status, problemAnswer(status)] as const);
  const told = Object.entries(own).map(([status, answer]) => [status, withTime(answer)] as const);
  return Object.fromEntries([...told, ...statuses]);
}

function withTime(answer: object & { headers?: object }): object {
  return { ...answer, headers: { ...now, ...answer.headers } };
}

function problemAnswer(status: number): object {
  return {
    description: reasons[status],
    headers: { ...now, ...problemHeaders[status] },
    content: { [problemMediaType]: { schema: reference("Problem") } },
  };
}
