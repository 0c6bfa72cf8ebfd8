import * as fc from "fast-check";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { expect, test } from "vitest";
import { trial } from "../../trials/trial.ts";
import { HonoWorld, openStream } from "./hono-world.ts";

// Whatever comes together, late, stale or in trouble: a response that must not be shared reaches its own request alone.

const shared = ["public", "stream"] as const;
const unshared = [
  "private",
  "cookie",
  "vary",
  "no-store",
  "error",
  "forbidden",
  "busy",
  "large",
  "broken",
  "missing",
] as const;
type Kind = (typeof shared | typeof unshared)[number];

interface Turn {
  readonly user: string;
  readonly kind: Kind;
  /** Which of two processes is asked. */
  readonly place: number;
  /** How many turns of the event loop the handler takes. */
  readonly ticks: number;
  /** Milliseconds that pass before the request. */
  readonly passes: number;
  /** Whether the request before has to end first. */
  readonly isAfter: boolean;
  readonly method: "GET" | "HEAD";
}

const turn: fc.Arbitrary<Turn> = fc.record({
  user: fc.constantFrom("ann", "bob", "eve"),
  kind: fc.oneof(fc.constantFrom(...shared), fc.constantFrom(...unshared)),
  place: fc.nat(1),
  ticks: fc.nat(4),
  passes: fc.constantFrom(0, 0, 0, 61_000, 3_700_000, 7_300_000, 100_000_000),
  isAfter: fc.boolean(),
  method: fc.constantFrom("GET", "GET", "GET", "HEAD"),
});

async function answer(c: Context, isHonest: boolean): Promise<Response> {
  const { user, kind, ticks } = JSON.parse(c.req.header("X-Turn")!) as Turn;
  for (let i = 0; i < ticks; i++) await new Promise((resolve) => setImmediate(resolve));
  const text = JSON.stringify({ user, kind });
  const respond = (headers: Record<string, string> = {}, status = 200) =>
    new Response(text, { status, ...(isHonest && { headers }) });
  const answers: Readonly<Record<Kind, () => Response>> = {
    public: () => respond({ "Cache-Control": "stale-while-revalidate=7200, stale-if-error=86400" }),
    stream: () => streamed(text, ({ end }) => end()),
    private: () => respond({ "Cache-Control": "private" }),
    cookie: () => respond({ "Set-Cookie": `user=${user}` }),
    vary: () => respond({ Vary: "X-Turn" }),
    "no-store": () => respond({ "Cache-Control": "no-store" }),
    error: () => {
      throw new Error(text);
    },
    forbidden: () => {
      throw new HTTPException(403, { message: text });
    },
    busy: () => respond({}, 503),
    missing: () => respond({}, 404),
    large: () => new Response(text.padEnd(200)),
    broken: () => streamed(text, ({ fail }) => fail(new Error("the source is gone"))),
  };
  return answers[kind]();
}

/** A response whose body comes in two pieces. */
function streamed(text: string, finish: (stream: ReturnType<typeof openStream>) => void): Response {
  const opened = openStream();
  opened.send(text.slice(0, 5));
  setImmediate(() => {
    opened.send(text.slice(5));
    finish(opened);
  });
  return new Response(opened.stream);
}

async function assertUnshared(turns: readonly Turn[], isHonest = true): Promise<void> {
  const world = new HonoWorld();
  // one app says it by its options, the other one by the headers of its responses
  const stale = { staleWhileRevalidate: "2h", staleIfError: "1d" };
  const places = [stale, {}].map((options) => {
    const app = world.createApp((c) => answer(c, isHonest), { ...options, maxBytes: 100 });
    return app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text(error.message, 500),
    );
  });
  const running: Promise<void>[] = [];
  for (const each of turns) {
    if (each.isAfter) await running.at(-1);
    world.time += each.passes;
    const ask = async () => {
      const { method, place, user } = each;
      const response = await places[place]!.request("/", { method, headers: { "X-Turn": JSON.stringify(each) } });
      const text = await response.text().catch(() => "");
      if (text === "") return;
      const got = JSON.parse(text) as Turn;
      if (got.user !== user) expect(shared).toContain(got.kind);
      if (got.user !== user) expect(response.headers.get("Set-Cookie")).toBeNull();
    };
    running.push(ask());
  }
  await Promise.all(running);
}

trial(
  "a response that must not be shared reaches its own request alone",
  { kind: "schedules", short: 60, long: 3_000 },
  fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 15 }), (turns) => assertUnshared(turns)),
);

test("the model finds a private response that is given to another user", async () => {
  const first: Turn = { user: "ann", kind: "private", place: 0, ticks: 0, passes: 0, isAfter: true, method: "GET" };
  await expect(assertUnshared([first, { ...first, user: "bob" }], false)).rejects.toThrow();
});
