import * as fc from "fast-check";
import { change, changed, odd } from "../../trials/hostile-texts.ts";
import { secret, tokenFor } from "../api-tools.ts";

/** The keys that the one good token is for. */
export const ownPrefix = "h/";

/** An `Authorization` header, and whether it allows what begins with `ownPrefix`. */
export interface Authorization {
  readonly isGood: boolean;
  readonly header: () => Promise<string | null>;
}

const encoder = new TextEncoder();
const part = (text: string | Uint8Array): string =>
  btoa(String.fromCharCode(...(typeof text === "string" ? encoder.encode(text) : text)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function signed(header: unknown, payload: unknown, key = secret): Promise<string> {
  const text = `${part(JSON.stringify(header) ?? "")}.${part(JSON.stringify(payload) ?? "")}`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"]);
  return `${text}.${part(new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text))))}`;
}

const seconds = (): number => Math.floor(Date.now() / 1_000);
const claims = (): object => ({ prefix: ownPrefix, operations: ["read", "list"], aud: "reprise", exp: seconds() + 60 });
const good = fc.constant<Authorization>({
  isGood: true,
  header: async () => `Bearer ${await tokenFor({ prefix: ownPrefix })}`,
});

/** Headers that somebody without the secret can send. */
const foreign = fc
  .oneof(
    fc.constantFrom(null, "", "Bearer", "Bearer ", "Bearer a", "Bearer a.b.c", "Basic YTpi", "Bearer ..", "bearer x y"),
    fc.string({ unit: "binary-ascii" }).map((text) => `Bearer ${text.replaceAll(/[^!-~]/g, "")}`),
    fc.nat(16_000).map((length) => `Bearer ${"a".repeat(length)}.${"b".repeat(length)}.c`),
  )
  .map((header): Authorization => ({ isGood: false, header: async () => header }));

const algorithms = fc.constantFrom("none", "HS512", "RS256", "ES256", "EdDSA", "HS256", "A256KW", "dir", "nOnE", "");
const forged = fc.tuple(algorithms, fc.boolean()).map(([alg, isSigned]): Authorization => ({
  isGood: false,
  header: async () => {
    const token = await signed({ alg }, claims(), `${secret}!`);
    return `Bearer ${isSigned ? token : token.slice(0, token.lastIndexOf(".") + 1)}`;
  },
}));

/** Tokens with a right signature whose header or claims nobody mints. Each of these claims alone makes a token worth nothing. */
const worthless = fc
  .oneof(
    fc.integer({ min: 1, max: 30 }).map((over) => () => ({ exp: seconds() - over })),
    fc
      .constantFrom(
        { exp: "2099" },
        { exp: null },
        { exp: {} },
        { aud: "other" },
        { aud: null },
        { prefix: 5 },
        { prefix: null },
        { operations: "read" },
        { operations: { length: 1, 0: "read" } },
        { operations: [] },
        { operations: [["read"], null, 5, {}] },
        { nbf: 1e12 },
      )
      .map((wrong) => () => wrong),
  )
  .map((wrong): Authorization => ({
    isGood: false,
    header: async () => `Bearer ${await signed({ alg: "HS256" }, { ...claims(), ...wrong() })}`,
  }));

const changedHeader = fc
  .tuple(
    fc.constantFrom(
      { alg: "HS256" },
      { alg: "HS256", b64: false, crit: ["b64"] },
      { alg: "HS256", zip: "DEF", crit: [] },
    ),
    change,
    odd,
    fc.boolean(),
  )
  .map(([header, how, payload, isPayload]): Authorization => ({
    isGood: false,
    header: async () =>
      `Bearer ${await (isPayload ? signed({ alg: "HS256" }, payload) : signed(changed({ ...header, typ: how.again }, how), { ...claims(), operations: [] }))}`,
  }));

export const authorization: fc.Arbitrary<Authorization> = fc.oneof(
  { weight: 12, arbitrary: good },
  { weight: 1, arbitrary: foreign },
  { weight: 1, arbitrary: forged },
  { weight: 1, arbitrary: worthless },
  { weight: 1, arbitrary: changedHeader },
);
