// `npm run token -- --prefix maps/ --operations read,list --expires 1h`: prints a token for the HTTP API, signed with REPRISE_SECRET.
import process from "node:process";
import { parseArgs } from "node:util";
import { isRepriseError } from "../src/errors/index.ts";
import type { Operation } from "../src/http/protocol.ts";
import { mintToken } from "../workers/auth.ts";

const usage =
  "Usage: npm run token -- --expires 1h [--prefix maps/] [--operations read,write,delete,list,lock]\n" +
  "Signs with the secret that the Worker has, given as the environment variable REPRISE_SECRET.";

try {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { prefix: text, operations: text, expires: text } });
  const { REPRISE_SECRET: secret = "" } = process.env;
  const operations = values.operations?.split(",") as Operation[] | undefined;
  if (values.expires === undefined) throw new TypeError("--expires is missing: how long the token is valid");
  console.log(await mintToken({ secret, prefix: values.prefix, operations, expiresIn: values.expires }));
} catch (error) {
  // what `parseArgs` throws is a TypeError
  if (!isRepriseError(error) && !(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
