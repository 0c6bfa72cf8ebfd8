import { defaultMaxBytes, textCheck } from "../../core/serializers/limits.ts";
import { AccessDeniedError, StorageError, type RepriseError } from "../../errors/index.ts";
import { fromProblem, outcomeMediaType, problemMediaType, type Problem } from "./protocol.ts";

/** A response with its whole body. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** Milliseconds to add to the times in the answer, if the clocks of server and client disagree. */
  readonly clockOffset: number;
  /** The expected error that the reply reports. */
  readonly problem?: RepriseError;
}

export interface HttpAnswer extends Reply {
  /** Whether an earlier attempt, whose answer was lost, may have carried out the request. */
  readonly isRepeated: boolean;
}

/** No record in R2 or KV has more bytes. */
const maxBodyBytes = 2 ** 26;

/** Reads a body to its end. Calls `onProgress` with the length of every chunk. Rejects with `StorageError` for an endless body. */
export async function readBody({ body }: Response, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    chunks.push(part.value);
    length += part.value.length;
    onProgress(part.value.length);
    if (length <= maxBodyBytes) continue;
    void reader?.cancel().catch(() => {});
    throw new StorageError(`What answered is not the results API: the answer has more than ${maxBodyBytes} bytes`);
  }
  return chunks.length === 1 ? chunks[0]! : concat(chunks);
}

/** Rejects any redirect. A browser does not tell where it leads, and a replaced `fetch` may have followed it. */
export function assertNoRedirect(response: Response, base: string, key?: string): void {
  const { status, type, redirected, headers, body } = response;
  const isRedirect =
    (type as string) === "opaqueredirect" || redirected || (status > 300 && status < 400 && status !== 304);
  if (!isRedirect) return;
  void body?.cancel();
  const place = headers.get("location");
  const to = place ? ` to ${place}` : "";
  const message = `${base} redirects${to}, and no record and no token follows: set url to where the results API is`;
  throw new StorageError(message, { key });
}

function concat(chunks: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let start = bytes.length;
  // a chunk that is copied can be collected
  for (let chunk = chunks.pop(); chunk; chunk = chunks.pop()) bytes.set(chunk, (start -= chunk.length));
  return bytes;
}

/** Whether the body has this media type. Parameters of the type don't matter. */
export function isOfType({ headers }: Reply, mediaType: string): boolean {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() === mediaType;
}

/** Whether the request succeeded. An outcome has a status of success, and tells why not. */
export function isSuccess(reply: Reply): boolean {
  return reply.status >= 200 && reply.status < 300 && !isOfType(reply, outcomeMediaType);
}

/** The error that a reply reports; `undefined` if this API did not send the reply. */
export function problemError(
  reply: Reply,
  { key, method }: { readonly key?: string | undefined; readonly method: string },
): RepriseError | undefined {
  const { status } = reply;
  const isProblem = isOfType(reply, problemMediaType) || isOfType(reply, outcomeMediaType);
  const problem = isProblem ? readProblem(reply, key, method) : undefined;
  if ((status !== 401 && status !== 403) || problem instanceof AccessDeniedError) return problem;
  const denied = `Access${key === undefined ? "" : ` to "${key}"`} was denied with the status ${status}`;
  return new AccessDeniedError(problem?.message ?? `${denied}: look at prefix and operations of the token`, { key });
}

/** Answers to `HEAD` carry a status only. Their one outcome is a miss. */
const codes: Readonly<Record<number, string>> = {
  200: "RECORD_NOT_FOUND",
  404: "RECORD_NOT_FOUND",
  422: "CORRUPT_RECORD",
  503: "STORAGE_UNREACHABLE",
};

function readProblem(reply: Reply, key: string | undefined, method: string): RepriseError | undefined {
  const { status } = reply;
  const { code, detail, key: reportedKey } = (parseJson(reply) ?? {}) as Partial<Problem>;
  if (typeof code === "string" && typeof detail === "string") {
    return fromProblem({ key: typeof reportedKey === "string" ? reportedKey : key, code, detail } as Problem);
  }
  if (reply.bytes.length > 0 || (status === 200 && method !== "HEAD")) return undefined;
  const empty = { code: codes[status] ?? "STORAGE", detail: `The server answered with the status ${status}` };
  return fromProblem({ key, ...empty } as Problem);
}

/** The error for an answer from something else: a proxy, a network's sign-in page, another server at this address. */
export function foreignAnswer({ status, headers }: Reply, key: string | undefined, cause?: unknown): StorageError {
  const type = headers.get("content-type") ?? "no content type";
  return new StorageError(
    `What answered is not the results API, but perhaps a proxy, or the url is wrong: status ${status}, ${type}`,
    { key, cause },
  );
}

/** Checks that a change was answered without content. A page with a status of success means that nothing was changed. */
export function assertDone<T extends Reply>(reply: T, key: string): T {
  if (reply.status === 204) return reply;
  throw foreignAnswer(reply, key);
}

/** Whether it is a whole number that can be compared: beyond the safe integers two different ones may look equal. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A whole number in a header. */
export function countOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The body as JSON; `undefined` if it isn't JSON, or more than this API answers. */
export function parseJson({ bytes }: Reply): unknown {
  try {
    if (bytes.length > defaultMaxBytes) return undefined;
    textCheck(defaultMaxBytes)(bytes);
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
