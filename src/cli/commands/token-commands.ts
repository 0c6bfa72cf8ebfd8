import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseEnv } from "node:util";
import type { Command } from "commander";
import { decodeJwt, errors, jwtVerify, type JWTPayload } from "jose";
import { isRepriseError } from "../../errors/index.ts";
import { operations as allOperations, type Operation } from "../../http/requests/protocol.ts";
import { mintToken } from "../../../workers/access/mint-token.ts";
import { secretAdvice, tokenAlgorithm, tokenAudience, toTokenKey } from "../../../workers/access/token-key.ts";
import { askForSome, askForText } from "../terminal/ask.ts";
import { FailedError, UsageError } from "../terminal/failures.ts";
import { note, print, printJson, printTable } from "../terminal/output.ts";
import { formatDuration } from "../terminal/units.ts";
import { addCommand, toList } from "./api-command.ts";

interface SecretOptions {
  readonly secretFile?: string;
  readonly json?: true;
}

interface MintOptions extends SecretOptions {
  readonly operations?: readonly string[];
  readonly prefix: string;
  readonly expires?: string;
}

/** What each operation allows. */
const meanings: Readonly<Record<Operation, string>> = {
  read: "read records",
  write: "write and replace records",
  delete: "delete and invalidate records",
  list: "list keys and metadata",
  lock: "take locks, to compute once for all",
  defer: "run tasks of the Worker",
};

const mintExample = "reprise token mint --operations read,list --prefix maps/ --expires 7d";

export function addTokenCommands(program: Command): void {
  const token = program
    .command("token")
    .description("mint a token for the API, or show what one allows")
    .addHelpText("after", `\nExample:\n  $ ${mintExample}`);
  addSecretOption(addCommand(token, "mint", "mint a token, signed with the secret in REPRISE_SECRET", mintExample))
    .option("--operations <names>", `what it allows: some of ${allOperations.join(",")}`, toList)
    .option("--prefix <prefix>", "only keys that begin with this", "")
    .option("--expires <duration>", "how long it is valid: 15m, 1h, 7d")
    .action(mint);
  addSecretOption(
    addCommand(
      token,
      "inspect [token]",
      "show what a token allows; without one, the token in REPRISE_TOKEN",
      "reprise token inspect",
    ),
  ).action(inspectToken);
}

/** A secret that is an argument would stay in the shell's history, and others on the machine would see it. */
function addSecretOption(command: Command): Command {
  return command.option(
    "--secret-file <file>",
    "the file with the Worker's secret, such as .dev.vars, instead of REPRISE_SECRET",
  );
}

async function readSecret({ secretFile }: SecretOptions): Promise<string | undefined> {
  if (secretFile !== undefined) {
    const text = await readFile(secretFile, "utf8");
    // the last line counts, as for wrangler
    return parseEnv(text)["REPRISE_SECRET"] ?? text.trimEnd();
  }
  return process.env["REPRISE_SECRET"] || undefined;
}

async function mint(options: MintOptions): Promise<void> {
  const { prefix, json } = options;
  const secret = await readSecret(options);
  if (secret === undefined) {
    throw new UsageError(
      `REPRISE_SECRET is not set, and there is no --secret-file. It takes 32 bytes or more. ${secretAdvice}`,
    );
  }
  const operations = await resolveOperations(options.operations);
  const expires = options.expires ?? (await askForExpiry());
  const token = await sign(secret, prefix, operations, expires);
  if (json) {
    printJson({ token, ...describe(decodeJwt(token)) });
    return;
  }
  // the token alone goes to stdout
  print(token);
  const keys = prefix === "" ? "all keys" : `keys that begin with "${prefix}"`;
  // a letter or a digit may go on in other keys
  const isOpen = /[\p{L}\p{N}]$/u.test(prefix);
  const wider = isOpen ? ` That includes "${prefix}X/…": end the prefix with a separator, such as "${prefix}/".` : "";
  note(`Granted: ${operations.join(", ")} on ${keys}, for ${expires}.${wider}`);
}

async function resolveOperations(given: readonly string[] | undefined): Promise<readonly Operation[]> {
  if (given === undefined) {
    const choices = allOperations.map((value) => ({ value, hint: meanings[value] }));
    return askForSome(
      "What may the token do?",
      choices,
      `--operations is missing: what the token allows, some of ${allOperations.join(",")}`,
    );
  }
  const unknown = given.find((each) => !allOperations.includes(each as Operation));
  if (unknown === undefined && given.length > 0) return given as readonly Operation[];
  throw new UsageError(`--operations has no "${unknown ?? ""}": choose from ${allOperations.join(",")}`);
}

function askForExpiry(): Promise<string> {
  return askForText(
    "How long is it valid?",
    "1h",
    "--expires is missing: how long the token is valid, such as 15m, 1h or 7d",
  );
}

/** Throws what names the option or the variable that is wrong: the library would name options that nobody has typed. */
async function sign(
  secret: string,
  prefix: string,
  operations: readonly Operation[],
  expiresIn: string,
): Promise<string> {
  try {
    return await mintToken({ secret, prefix, operations, expiresIn });
  } catch (error) {
    if (!isRepriseError(error)) throw error;
    const told =
      error.code === "CONFIGURATION"
        ? `REPRISE_SECRET: ${error.message}`
        : `--expires has to be a second or more, such as 30s, 15m, 1h or 7d; got "${expiresIn}"`;
    throw new UsageError(told, { cause: error });
  }
}

/** What a token says, for JSON. */
function describe({ prefix, operations, exp = 0 }: JWTPayload) {
  return { prefix, operations, expires: new Date(exp * 1_000).toISOString() };
}

async function inspectToken(given: string | undefined, options: SecretOptions): Promise<void> {
  const token = (given ?? process.env["REPRISE_TOKEN"])?.trim();
  if (!token) throw new UsageError("There is no token to inspect: set REPRISE_TOKEN, or add the token");
  const payload = decode(token);
  const secret = await readSecret(options);
  const signature = secret === undefined ? "not checked" : await checkSignature(token, secret);
  const isExpired = (payload.exp ?? 0) * 1_000 <= Date.now();
  const told = describe(payload);
  if (options.json) printJson({ ...told, isExpired, signature });
  else {
    const away = Math.abs(Date.parse(told.expires) - Date.now());
    printTable([
      ["operations", [told.operations].flat().join(", ")],
      ["keys", told.prefix === "" ? "all" : `begin with "${String(told.prefix)}"`],
      ["expires", `${told.expires}, ${isExpired ? `${formatDuration(away)} ago` : `in ${formatDuration(away)}`}`],
      ["signature", secret === undefined ? "not checked: REPRISE_SECRET is not set" : signature],
    ]);
  }
  if (signature === "wrong") throw new FailedError("The token was signed with another secret", { isTold: true });
}

function decode(token: string): JWTPayload {
  try {
    const payload = decodeJwt(token);
    if (typeof payload["prefix"] === "string" && Array.isArray(payload["operations"])) return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  throw new FailedError("This is no token of `reprise token mint` or mintToken");
}

async function checkSignature(token: string, secret: string): Promise<"valid" | "wrong"> {
  try {
    const currentDate = new Date(0);
    await jwtVerify(token, toTokenKey(secret), { algorithms: [tokenAlgorithm], audience: tokenAudience, currentDate });
    return "valid";
  } catch (error) {
    if (isRepriseError(error)) throw new UsageError(`REPRISE_SECRET: ${error.message}`, { cause: error });
    return "wrong";
  }
}
