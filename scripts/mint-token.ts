// `npm run token -- --prefix maps/ --operations read,list --expires 1h`: prints a token for the HTTP API, signed with REPRISE_SECRET.
import process from "node:process";
import { parseArgs } from "node:util";
import { isRepriseError } from "../src/errors/index.ts";
import { operations as allOperations, type Operation } from "../src/http/protocol.ts";
import { mintToken } from "../workers/access/mint-token.ts";

const usage =
  `Usage: npm run token -- --expires 1h [--prefix maps/] [--operations ${allOperations.join(",")}]\n` +
  "Signs with the secret that the Worker has, given as the environment variable REPRISE_SECRET.";

const makeOne =
  "make one with `openssl rand -base64 48`, set it here, and give the Worker the same: `npx wrangler secret put REPRISE_SECRET`";

/** Throws what names the flag or the variable that is wrong: the library would name options that nobody has typed. */
async function mint(prefix: string, operations: readonly Operation[], expires: string | undefined): Promise<string> {
  const { REPRISE_SECRET: secret = "" } = process.env;
  if (secret === "") throw new TypeError(`REPRISE_SECRET is not set. It takes 32 bytes or more: ${makeOne}`);
  if (expires === undefined) throw new TypeError("--expires is missing: how long the token is valid, such as 1h");
  const unknown = operations.find((each) => !allOperations.includes(each));
  if (unknown !== undefined)
    throw new TypeError(`--operations has no "${unknown}": choose from ${allOperations.join(",")}`);
  try {
    return await mintToken({ secret, prefix, operations, expiresIn: expires });
  } catch (error) {
    if (!isRepriseError(error)) throw error;
    const told =
      error.code === "CONFIGURATION"
        ? `REPRISE_SECRET: ${error.message}`
        : `--expires has to be a second or more, such as 30s, 15m, 1h or 7d; got "${expires}"`;
    throw new TypeError(told, { cause: error });
  }
}

try {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { prefix: text, operations: text, expires: text } });
  const { prefix = "", expires } = values;
  const operations = (values.operations?.split(",") as Operation[] | undefined) ?? allOperations;
  console.log(await mint(prefix, operations, expires));
  // the token alone goes to stdout
  const keys = prefix === "" ? "all keys" : `keys that begin with "${prefix}"`;
  const isNarrow = values.operations !== undefined;
  const narrower = isNarrow ? "" : " That is everything; --operations read,list would grant less.";
  // a letter or a digit may go on in other keys
  const isOpen = /[\p{L}\p{N}]$/u.test(prefix);
  const wider = isOpen ? ` That includes "${prefix}X/…": end the prefix with a separator, such as "${prefix}/".` : "";
  console.error(`Granted: ${operations.join(", ")} on ${keys}, for ${expires}.${wider}${narrower}`);
} catch (error) {
  // what `parseArgs` throws is a TypeError
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
