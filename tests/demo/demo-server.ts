import { WranglerServer } from "./wrangler-server.ts";

/** Serves the demo with its API. `assets` is the folder of the built page. */
export function startDemoServer(assets: string): Promise<WranglerServer> {
  return WranglerServer.start({ args: ["--env", "demo"], assets });
}
