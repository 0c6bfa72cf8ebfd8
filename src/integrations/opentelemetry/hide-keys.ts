import { isRepriseError } from "../../errors/index.ts";

/** A longer key is hidden everywhere. A short one may be a part of any word, so it has to stand alone. */
const longestShortKey = 3;

/** The keys that the text of an error may show: that of the call, and those of the errors that caused it. */
export function keysOf(error: unknown, ofCall: string): string[] {
  const keys = new Set([ofCall]);
  let cause = error;
  for (let depth = 0; depth < 10 && cause instanceof Error; depth++, cause = cause.cause)
    if (isRepriseError(cause) && cause.key !== undefined) keys.add(cause.key);
  return [...keys];
}

/** Puts `[key]` in the place of these keys, however the text writes them. */
export function withoutKeys(text: string, keys: readonly string[]): string {
  const longestFirst = keys.toSorted((one, other) => other.length - one.length);
  return longestFirst.reduce((shown, key) => shown.replaceAll(patternOf(key), "[key]"), text);
}

function patternOf(key: string): RegExp {
  const written = Array.from(key, (char) => `(?:${spellingsOf(char).join("|")})`).join("");
  return new RegExp(key.length > longestShortKey ? written : `(?<!\\w)${written}(?!\\w)`, "gi");
}

/** A character as it is, in JSON, in a text in quotes, and in a URL. */
function spellingsOf(char: string): string[] {
  const percent = Array.from(new TextEncoder().encode(char), (byte) => `%${hex(byte, 2)}`).join("");
  const units = Array.from({ length: char.length }, (_, i) => `\\u${hex(char.charCodeAt(i), 4)}`).join("");
  const spellings = [
    char,
    JSON.stringify(char).slice(1, -1),
    `\\${char}`,
    units,
    percent,
    percent.replaceAll("%", "%25"),
  ];
  if (char === " ") spellings.push("+");
  return [...new Set(spellings)].map((spelling) => spelling.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
}

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, "0");
}
