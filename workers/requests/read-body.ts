import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import type { ApiContext } from "./api-context.ts";
import { Refusal, tooLarge, wrongMediaType } from "./refusal.ts";

/** Refuses a request whose body is longer than `maxBytes`, or breaks off. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw tooLarge(maxBytes);
    },
  });
  return (c, next) => whole(limit(c, next));
}

/** The bytes of the body. Throws `InvalidArgumentError` if the client breaks it off. */
export async function readBytes(c: ApiContext): Promise<Uint8Array> {
  return new Uint8Array(await whole(c.req.arrayBuffer()));
}

/** A client that leaves in the middle is no failure of the server, which its operator would have to see. */
async function whole<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw cause instanceof Refusal ? cause : new InvalidArgumentError("The body breaks off", { cause });
  }
}

/** Throws a `Refusal` if the body has another type. Parameters of the type, such as a charset, don't matter. */
export function assertMediaType(c: ApiContext, expected: string): void {
  const given = c.req.header("Content-Type");
  if (given?.split(";")[0]?.trim().toLowerCase() !== expected) throw wrongMediaType(given, expected);
}

/** The fields of a JSON object. Throws a `Refusal` for another media type, `InvalidArgumentError` for other content. */
export async function readJson(c: ApiContext): Promise<Readonly<Record<string, unknown>>> {
  assertMediaType(c, "application/json");
  let json: unknown;
  try {
    json = await c.req.json();
  } catch (cause) {
    throw new InvalidArgumentError("The body is no JSON", { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InvalidArgumentError("The body has to be a JSON object");
  }
  return json as Record<string, unknown>;
}
