import type { Context, Handler, MiddlewareHandler } from "hono";
import type { RouterRoute } from "hono/types";
import type { StatusCode } from "hono/utils/http-status";

type AnyHandler = Handler | MiddlewareHandler;

/** The handlers behind a middleware, for one request. */
export interface Behind {
  readonly handlers: readonly AnyHandler[];
  /** The place of the first of them in the route. */
  readonly first: number;
}

/** The handlers behind `middleware`. `undefined` if it was composed with others, as by `every`, so that they can't be told. */
export function behindOf(c: Context, middleware: MiddlewareHandler): Behind | undefined {
  // the helper of "hono/route" knows the requests of its own copy of Hono alone, and an app may have another copy
  const { matchedRoutes = [] } = c.req as { matchedRoutes?: readonly RouterRoute[] };
  const handlers: AnyHandler[] = matchedRoutes.map(({ handler }) => handler);
  const first = c.req.routeIndex + 1;
  const own = handlers[first - 1];
  return own && unwrapped(own) === middleware ? { handlers: handlers.slice(first), first } : undefined;
}

/** Under this name, the handler of an app with its own `onError` has the handler that Hono wrapped. */
const wrapped = "__COMPOSED_HANDLER";

function unwrapped(handler: AnyHandler & { [wrapped]?: AnyHandler }): AnyHandler {
  return handler[wrapped] ? unwrapped(handler[wrapped]) : handler;
}

/**
 * Runs handlers once the request of `c` has been answered. They get a context of their own, since `c` takes no second
 * response. Rejects with their error.
 */
export async function runBehind(c: Context, { handlers, first }: Behind): Promise<Context> {
  const own = contextLike(c);
  const run = async (i: number): Promise<void> => {
    own.req.routeIndex = first + i;
    const handler = handlers[i] ?? (() => own.notFound());
    const response = (await handler(own, () => run(i + 1))) as Response | undefined;
    if (response && !own.finalized) own.res = response;
  };
  await run(0);
  return own;
}

/** A context of the same request with the variables, the layout and the renderer that middleware in front has set. */
function contextLike(c: Context): Context {
  const Fresh = c.constructor as typeof Context;
  const own = new Fresh(c.req.raw, {
    env: c.env as object,
    executionCtx: executionContextOf(c),
    notFoundHandler: () => copy(c.notFound()),
  });
  // it has the parameters of the route, and what validators found
  Object.defineProperty(own, "req", { value: c.req });
  for (const [name, value] of Object.entries(c.var as Record<string, unknown>)) own.set(name, value);
  const layout = c.getLayout();
  if (layout) own.setLayout(layout);
  own.setRenderer((...content) => copy(c.render(...content)));
  /** Without the headers of the answered request. */
  async function copy(made: Response | Promise<Response>): Promise<Response> {
    const { body, status, headers } = await made;
    const type = headers.get("Content-Type");
    return own.newResponse(body, {
      status: status as StatusCode,
      headers: type === null ? [] : [["Content-Type", type]],
    });
  }
  return own;
}

/** Absent where the runtime has none. Hono throws then. */
export function executionContextOf(c: Context): Context["executionCtx"] | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
