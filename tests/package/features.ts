import { parseSync, Visitor } from "vite";

/** The first version of Chrome, of Firefox and of Safari. */
export type Versions = readonly [chrome: number, firefox: number, safari: number];

/**
 * What the language and browsers got since 2022, with the first versions that have it, by MDN: a global, a static method, or
 * a method after a dot. `Infinity`: no version is known here. Add newer ones, so that a use is noticed.
 */
const features: Readonly<Record<string, Versions>> = {
  BroadcastChannel: [54, 38, 15.4],
  "navigator.locks": [69, 96, 15.4],
  "crypto.randomUUID": [92, 95, 15.4],
  "Object.hasOwn": [93, 92, 15.4],
  ".findLast": [97, 104, 15.4],
  structuredClone: [98, 94, 15.4],
  ".toSorted": [110, 115, 16],
  ".toReversed": [110, 115, 16],
  ".toSpliced": [110, 115, 16],
  ".adoptedStyleSheets": [73, 101, 16.4],
  CompressionStream: [103, 113, 16.4],
  DecompressionStream: [103, 113, 16.4],
  ".isWellFormed": [111, 119, 16.4],
  ".toWellFormed": [111, 119, 16.4],
  "Array.fromAsync": [121, 115, 16.4],
  "RegExp with the flag v": [112, 116, 17],
  "URL.canParse": [120, 115, 17],
  ".union": [122, 127, 17],
  ".intersection": [122, 127, 17],
  ".difference": [122, 127, 17],
  ".symmetricDifference": [122, 127, 17],
  ".isSubsetOf": [122, 127, 17],
  ".isSupersetOf": [122, 127, 17],
  ".isDisjointFrom": [122, 127, 17],
  ".checkVisibility": [105, 106, 17.4],
  ".transferToFixedLength": [114, 122, 17.4],
  "AbortSignal.any": [116, 124, 17.4],
  "Map.groupBy": [117, 119, 17.4],
  "Object.groupBy": [117, 119, 17.4],
  "Promise.withResolvers": [119, 121, 17.4],
  "URL.parse": [126, 126, 18],
  "Promise.try": [128, 134, 18.2],
  Float16Array: [135, 129, 18.2],
  "RegExp.escape": [136, 134, 18.2],
  "Uint8Array.fromBase64": [140, 133, 18.2],
  "Uint8Array.fromHex": [140, 133, 18.2],
  ".toBase64": [140, 133, 18.2],
  ".toHex": [140, 133, 18.2],
  "a method of iterators": [122, 131, 18.4],
  "Error.isError": [134, 138, Infinity],
  "scheduler.yield": [129, 142, Infinity],
  "scheduler.postTask": [94, 142, Infinity],
  ".getAllRecords": [141, Infinity, Infinity],
  ".getOrInsert": [145, 144, Infinity],
  ".getOrInsertComputed": [145, 144, Infinity],
};

const iteratorMethod = /^(drop|every|filter|find|flatMap|forEach|map|reduce|some|take|toArray)$/;

/** The features that a built module uses. Whether it asks first if they are there can't be seen. */
export function featuresOf(fileName: string, source: string): string[] {
  const { program, errors } = parseSync(fileName, source);
  if (errors.length > 0) throw new SyntaxError(`${fileName}: ${errors[0]?.message}`);
  const names = new Set<string>();
  new Visitor({
    Identifier: ({ name }) => void names.add(name),
    Literal(literal) {
      if ("regex" in literal && literal.regex.flags.includes("v")) names.add("RegExp with the flag v");
    },
    MemberExpression({ object, property }) {
      if (property.type !== "Identifier") return;
      names.add(`.${property.name}`);
      if (object.type === "Identifier") names.add(`${object.name}.${property.name}`);
      if (!iteratorMethod.test(property.name) || object.type !== "CallExpression") return;
      const { callee, arguments: given } = object;
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || given.length > 0) return;
      if (/^(entries|keys|values)$/.test(callee.property.name)) names.add("a method of iterators");
    },
  }).visit(program);
  return Object.keys(features).filter((name) => names.has(name));
}

/** The versions that have all of the features, and the one among them that came last. */
export function needsOf(used: readonly string[]): { versions: Versions; newest: string } {
  const each = used.map((name) => features[name]!);
  const least = (browser: number) => Math.max(...each.map((versions) => versions[browser]!));
  const [newest = "nothing new"] = used.toSorted((one, other) => rank(other) - rank(one));
  return { versions: [least(0), least(1), least(2)], newest: newest.replace(/^\./, "") };
}

/** Safari has most features last. */
function rank(name: string): number {
  const [chrome, , safari] = features[name]!;
  return Math.min(safari, 100) * 1_000 + chrome;
}
