import { env } from "cloudflare:workers";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import { recordMediaType, resultPath, type Problem } from "../../src/http/requests/protocol.ts";
import { createResultsApi } from "../../workers/api/create-results-api.ts";
import type { ResultsApiOptions } from "../../workers/api/api-options.ts";
import { mintToken, type MintTokenOptions } from "../../workers/access/mint-token.ts";
import type { Env } from "../../workers/api/env.ts";
import { assertDocumented } from "./openapi/documented.ts";

export const secret = "a secret that only the tests know, long enough";

export const origin = "https://results.example.com";

/** A token that allows everything, unless `options` say otherwise. */
export function tokenFor(options: Partial<MintTokenOptions> = {}): Promise<string> {
  return mintToken({ secret, expiresIn: "1h", ...options });
}

export interface CallInit extends RequestInit<RequestInitCfProperties> {
  /** The whole `Authorization` header; a token that allows everything at first, `null` for none. */
  authorization?: string | null;
  env?: Partial<Env>;
  /** Headers that the document doesn't know, and the API ignores. */
  ignored?: Record<string, string>;
}

/** Asks, and checks that the exchange is as the OpenAPI document says. */
export type Call = (path: string, init?: CallInit) => Promise<Response>;

export interface TestApi {
  readonly storage: ResultStorage;
  /** What `onError` heard of. */
  readonly reported: unknown[];
  readonly call: Call;
}

/** The API over a storage in memory, and over the real locks. */
export async function createApi(options: ResultsApiOptions = {}): Promise<TestApi> {
  const storage = new MemoryStorage();
  const reported: unknown[] = [];
  const onError = (error: unknown) => void reported.push(error);
  return { storage, reported, call: await createCall({ storage: () => storage, onError, ...options }) };
}

/** The API over the KV, R2 and Durable Objects of `wrangler.toml`, unless `options` say otherwise. */
export async function createCall(options: ResultsApiOptions = {}): Promise<Call> {
  const api = createResultsApi(options);
  const token = await tokenFor();
  return async (path, { authorization = `Bearer ${token}`, env: own, ignored = {}, ...init } = {}) => {
    const request = new Request(new URL(path, origin), init);
    if (authorization !== null) request.headers.set("authorization", authorization);
    const copy = request.clone();
    for (const [name, value] of Object.entries(ignored)) request.headers.set(name, value);
    const answer = await api.fetch(request, { ...env, REPRISE_SECRET: secret, ...own });
    await assertDocumented(copy, answer);
    return answer;
  };
}

/** Sends a record as the client does. */
export function putRecord(
  call: Call,
  key: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
  ignored: Record<string, string> = {},
) {
  const body = bytes as Uint8Array<ArrayBuffer>;
  const init = { method: "PUT", body, headers: { "content-type": recordMediaType, ...headers }, ignored };
  return call(resultPath(key), init);
}

export function post(call: Call, path: string, json: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(json) });
}

/** Status and code of an answer that is a problem. */
export async function refusal(answer: Response): Promise<string> {
  const { status, code } = await answer.json<Problem>();
  return `${status} ${code}`;
}

export async function bytesOf(answer: Response): Promise<Uint8Array> {
  return new Uint8Array(await answer.arrayBuffer());
}
