import { apiRoot, outcomeMediaType } from "../../../src/http/requests/protocol.ts";
import { patience } from "../../trials/reading.ts";
import { origin, secret } from "../api-tools.ts";
import { assertDocumented, isOutcome } from "./documented.ts";
import { type Body, type HostileRequest, isDescription } from "./hostile-requests.ts";

/** Whatever answers requests. */
export type Answering = (request: Request) => Promise<Response>;

function streamOf({ chunks, breaks }: Body): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next) controller.enqueue(next);
      else if (breaks) controller.error(new Error("Network connection lost"));
      else controller.close();
    },
  });
}

/**
 * Sends a hostile request, and throws unless the answer comes within a second, as the document says, with no failure of the
 * server's own and nothing that is secret.
 */
export async function askHostile(answering: Answering, hostile: HostileRequest): Promise<number> {
  const { method, path, headers, ignored, body, authorization } = hostile;
  const token = await authorization.header();
  const request = new Request(new URL(path, origin), { method, headers, ...(body && { body: streamOf(body) }) });
  for (const [name, value] of Object.entries(ignored)) request.headers.set(name, value);
  if (token !== null) request.headers.set("authorization", token);
  const started = performance.now();
  const answer = await answering(request);
  const text = await answer.clone().text();
  const what = `${method} ${path} -> ${answer.status} ${text.slice(0, 300)}`;
  if (performance.now() - started > patience) throw new Error(`${what}: took longer than a second`);
  const told = text + JSON.stringify([...answer.headers]);
  if (told.includes(secret) || (token && token.length > 40 && told.includes(token.slice(7))))
    throw new Error(`${what}: tells a secret`);
  if (/\bat \S+ \(|\.[tj]s:\d+/.test(told)) throw new Error(`${what}: tells of the code`);
  if (answer.status >= 500 && answer.status !== 501) throw new Error(`${what}: a failure of the server`);
  if (isOutcome(answer) && !request.headers.get("accept")?.includes(outcomeMediaType))
    throw new Error(`${what}: an outcome that the client does not accept`);
  const isOurs = new URL(request.url).pathname.startsWith(`${apiRoot}/`);
  const tells = answer.status < 400 || text.includes("RECORD_NOT_FOUND");
  if (!authorization.isGood && isOurs && !isDescription(hostile) && tells)
    throw new Error(`${what}: without a right to it`);
  if (isOurs && method !== "OPTIONS")
    await assertDocumented(new Request(request.url, { method: request.method }), answer, false);
  return answer.status;
}
