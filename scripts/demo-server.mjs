// The demo's server: one `wrangler dev` with page and API over embedded KV, R2 and Durable Objects. No account is needed.
import { createServer } from "node:net";

const HOST = "127.0.0.1";
const USUAL_PORT = 8787;

/** It asks nothing, tells nobody of this machine, and looks nothing up. */
export const quietEnv = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/**
 * The arguments that start wrangler as a server of a Worker.
 * @param {number} port
 * @param {readonly string[]} args arguments that name the Worker and its files, such as `--env` or `--persist-to`
 * @returns {string[]}
 */
export function devServerArgs(port, args) {
  const address = ["--ip", HOST, "--port", String(port), "--inspector-port", "0"];
  return ["dev", ...address, "--show-interactive-dev-session=false", ...args];
}

/**
 * The arguments that start wrangler as the demo's server.
 * @param {number} port
 * @param {readonly string[]} [args] further arguments, such as `--persist-to`
 * @returns {string[]}
 */
export function demoServerArgs(port, args = []) {
  return devServerArgs(port, ["--env", "demo", ...args]);
}

/** @param {number} port */
export const demoOrigin = (port) => `http://${HOST}:${port}`;

/**
 * @param {number} [usual]
 * @returns {Promise<number>} the usual port, or a free one where that is taken
 */
export async function freePort(usual = USUAL_PORT) {
  return (await tryPort(usual)) ?? (await tryPort(0)) ?? usual;
}

/**
 * @param {number} port 0: any
 * @returns {Promise<number | undefined>} the port, if it is free
 */
function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      const found = address !== null && typeof address === "object" ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
}
