import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Serves the page that the tests crash, under every path of every origin. */
export interface CrashSite extends AsyncDisposable {
  /** Each number has an origin, and so a database, of its own. */
  originOf(number: number): string;
  /** Called before a page writes the counter. The page does nothing else until this has returned. */
  onWrite: ((page: string) => void) | undefined;
}

export async function startCrashSite(): Promise<CrashSite> {
  const entryPoints = [fileURLToPath(new URL("page.ts", import.meta.url))];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: "esm", target: "es2022", write: false });
  const page = `<!doctype html><script type="module">${outputFiles[0]!.text.replaceAll("</script", "<\\/script")}</script>`;
  const server = createServer(({ method, url }, response) => {
    if (method === "POST") site.onWrite?.(url!.slice(1));
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const site: CrashSite = {
    originOf: (number) => `http://crash-${number}.localhost:${(server.address() as AddressInfo).port}`,
    onWrite: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}
