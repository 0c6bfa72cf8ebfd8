import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build, type Format } from "esbuild";
import { projectRoot } from "../../../scripts/processes.mjs";

/** What a page's script exports, in the page under this name. */
export const globalName = "bench";

export interface ScriptServer extends AsyncDisposable {
  readonly origin: string;
}

/**
 * Serves what pages load, each by its path in `tests/bench`: `/page/a.ts` is a page with that script, `/module/a.ts` is the
 * module for `import()`, which browsers keep as they would keep the scripts of an app.
 */
export async function serveScripts(): Promise<ScriptServer> {
  const built = new Map<string, Promise<string>>();
  const script = (path: string, format: Format): Promise<string> => {
    const known = built.get(`${format} ${path}`) ?? bundle(path, format);
    built.set(`${format} ${path}`, known);
    return known;
  };
  const answers: Readonly<Record<string, (path: string) => Promise<string> | string>> = {
    page: (path) => `<!doctype html><title>Bench</title><script src="/script/${path}"></script>`,
    script: (path) => script(path, "iife"),
    module: (path) => script(path, "esm"),
  };
  const server = createServer(({ url = "" }, response) => {
    const [, kind = "", path = ""] = /^\/(\w+)\/([\w/.-]+)$/.exec(url) ?? [];
    const answer = answers[kind];
    response.setHeader("content-type", kind === "page" ? "text/html" : "text/javascript");
    if (kind === "module") response.setHeader("cache-control", "max-age=3600");
    if (answer) void Promise.resolve(answer(path)).then((text) => response.end(text));
    else response.writeHead(404).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** One minified file, as a user's bundler makes it for browsers. */
export async function bundle(path: string, format: Format): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot, "tests/bench", path)],
    bundle: true,
    minify: true,
    format,
    globalName,
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
