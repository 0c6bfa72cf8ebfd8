import { AccessDeniedError, StorageError, type RepriseError } from "../errors/index.ts";
import { fromProblem, problemMediaType, type Problem } from "./protocol.ts";

/** What came back, its whole body included. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The error that it tells of, where that was expected. */
  readonly problem?: RepriseError;
}

export interface HttpAnswer extends Reply {
  /** Whether an earlier try, whose answer was lost, may have done what was asked. */
  readonly isRepeated: boolean;
}

/** Reads a body to its end. `onProgress` is called for every part of it. */
export async function readBody({ body }: Response, onProgress: () => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    chunks.push(part.value);
    onProgress();
  }
  return chunks.length === 1 ? chunks[0]! : concat(chunks);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

/** Whether the body is of this type, its parameters aside. */
export function isOfType({ headers }: Reply, mediaType: string): boolean {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() === mediaType;
}

/** The error that a reply tells of; `undefined` where it isn't this API's reply. */
export function problemError(reply: Reply, key: string | undefined): RepriseError | undefined {
  const { status } = reply;
  const problem = isOfType(reply, problemMediaType) ? readProblem(reply, key) : undefined;
  if ((status !== 401 && status !== 403) || problem instanceof AccessDeniedError) return problem;
  return new AccessDeniedError(problem?.message ?? `Access was denied with the status ${status}`, { key });
}

/** Answers to `HEAD` have a status alone. */
const codes: Readonly<Record<number, string>> = {
  404: "RECORD_NOT_FOUND",
  422: "CORRUPT_RECORD",
  503: "STORAGE_UNREACHABLE",
};

function readProblem(reply: Reply, key: string | undefined): RepriseError | undefined {
  const { status } = reply;
  const { code, detail, key: told } = (parseJson(reply) ?? {}) as Partial<Problem>;
  if (typeof code === "string" && typeof detail === "string") {
    return fromProblem({ key: typeof told === "string" ? told : key, code, detail } as Problem);
  }
  if (reply.bytes.length > 0) return undefined;
  const empty = { code: codes[status] ?? "STORAGE", detail: `The server answered with the status ${status}` };
  return fromProblem({ key, ...empty } as Problem);
}

/** Something else answered: a proxy, the sign-in page of a network, a server with other things at this address. */
export function foreignAnswer({ status, headers }: Reply, key: string | undefined, cause?: unknown): StorageError {
  const type = headers.get("content-type") ?? "no content type";
  return new StorageError(
    `What answered is not the results API, but perhaps a proxy, or the url is wrong: status ${status}, ${type}`,
    { key, cause },
  );
}

/** The answer to a change, which has no content. Throws where a page came back with a status of success: nothing was changed. */
export function assertDone<T extends Reply>(reply: T, key: string): T {
  if (reply.status === 204) return reply;
  throw foreignAnswer(reply, key);
}

/** The body as JSON; `undefined` where it is none. */
export function parseJson({ bytes }: Reply): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
