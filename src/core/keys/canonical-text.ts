import { HashError } from "../../errors/index.ts";
import { type Binary, binaryParts, builtInParts, isBinary, isNative } from "./canonical-parts.ts";
import { locate } from "../serializers/locate.ts";
import { randomId } from "../support/random-id.ts";

/** A text that only equal values share; see `hashValue` for equality. */
export interface CanonicalText {
  readonly text: string;
  /** Binaries that are too big for the text, by the marks that stand for their digests in it. */
  readonly missing: ReadonlyMap<string, Binary> | undefined;
  /** The text with the digests in place of the marks. */
  complete(digests: ReadonlyMap<string, string>): string;
}

/** A value with this many objects at most is written without remembering them. Most inputs are that small. */
const maxSmallObjects = 32;

/** Beyond this length, a repeated reference is written once and then named, since copies can double with every level. */
const maxTreeLength = 1 << 24;

/** Throws `HashError` for values without a stable text. */
export function canonicalText(value: unknown): CanonicalText {
  for (const form of ["small", "tree"] as const) {
    const tree = new CanonicalWriter(value, form);
    tree.text = tree.write(value);
    if (tree.isComplete) return tree;
  }
  const graph = new CanonicalWriter(value, "graph");
  graph.text = `graph:${graph.write(value)}`;
  return graph;
}

/**
 * The text of every value shows where it ends, and no two kinds begin alike. A tree writes an object wherever it occurs. A
 * graph writes it once, under a number, and then refers to that number. A small tree remembers no object, and gives up after a few.
 */
class CanonicalWriter implements CanonicalText {
  text = "";
  missing: Map<string, Binary> | undefined;
  /** Whether the text is complete; a tree can't express a cycle. */
  isComplete = true;
  /** Items whose order depends on digests, by their marks. */
  #unsorted: Map<string, readonly string[]> | undefined;
  /** The start of every mark. No value can contain it. */
  #mark: string | undefined;
  #marks = 0;
  #objects = 0;
  /** In a tree, the text of each object, `undefined` while it is being written. In a graph, its number. */
  readonly #known: Map<object, string | undefined> | undefined;
  readonly #isGraph: boolean;
  readonly #root: unknown;

  constructor(root: unknown, form: "small" | "tree" | "graph") {
    this.#root = root;
    this.#isGraph = form === "graph";
    this.#known = form === "small" ? undefined : new Map();
  }

  complete(digests: ReadonlyMap<string, string>, text = this.text): string {
    return text.replaceAll(new RegExp(`${this.#mark}\\d{11}`, "g"), (mark) => {
      const items = this.#unsorted?.get(mark)?.map((item) => this.complete(digests, item));
      return items?.sort().join() ?? digests.get(mark)!;
    });
  }

  /** A mark is as long as a digest. */
  #createMark(): string {
    return `${(this.#mark ??= randomId())}${String(this.#marks++).padStart(11, "0")}`;
  }

  write(value: unknown): string {
    switch (typeof value) {
      case "string":
        return quote(value);
      case "number":
        return Object.is(value, -0) ? "-0" : `${value}`;
      case "bigint":
        return `${value}n`;
      case "boolean":
      case "undefined":
        return `${value}`;
      case "object":
        return value === null ? "null" : this.#writeObject(value);
      case "function":
      case "symbol":
        break;
    }
    throw this.#refusal(`A ${typeof value}`, value);
  }

  #writeObject(object: object): string {
    if (!this.#known) return this.#objects++ < maxSmallObjects ? this.#writeContent(object) : this.#giveUp();
    const known = this.#known.get(object);
    if (known !== undefined) return known;
    if (this.#isGraph) {
      const number = `#${this.#known.size}`;
      this.#known.set(object, number);
      return `${number}=${this.#writeContent(object)}`;
    }
    if (this.#known.has(object)) return this.#giveUp();
    this.#known.set(object, undefined);
    const text = this.#writeContent(object);
    if (text.length > maxTreeLength) return this.#giveUp();
    this.#known.set(object, text);
    return text;
  }

  #giveUp(): string {
    this.isComplete = false;
    return "";
  }

  #writeContent(object: object): string {
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype === Object.prototype || prototype === null) return this.#writeProperties(object);
    if (prototype === Array.prototype && Array.isArray(object)) return this.#writeArray(object);
    const tag = Object.prototype.toString.call(object).slice(8, -1);
    if (isBinary(object, tag)) return this.#writeBinary(object, tag);
    if (!isNative(prototype, tag)) throw this.#refusal(describe(prototype), object);
    if (Array.isArray(object)) return this.#writeArray(object);
    if (tag === "Map") return this.#writeMap(object as ReadonlyMap<unknown, unknown>);
    if (tag === "Set") return this.#writeSet(object as ReadonlySet<unknown>);
    if (tag === "Object") return this.#writeProperties(object);
    const parts = builtInParts(object, tag);
    if (parts === undefined) throw this.#refusal(describe(prototype), object);
    return this.#writeParts(tag, parts);
  }

  #writeParts(tag: string, parts: readonly unknown[]): string {
    return `${tag}(${parts.map((part) => this.write(part)).join()})`;
  }

  /** The order of keys does not matter. */
  #writeProperties(object: object, keys = Object.keys(object)): string {
    let text = "{";
    for (const key of sorted(keys)) {
      text += `${quote(key)}${this.write((object as Record<string, unknown>)[key])},`;
    }
    for (const symbol of Object.getOwnPropertySymbols(object)) {
      if (Object.prototype.propertyIsEnumerable.call(object, symbol))
        throw this.#refusal("A property named by a symbol", object);
    }
    return `${text}}`;
  }

  #writeArray(array: readonly unknown[]): string {
    const keys = Object.keys(array);
    const isDense = keys.length === array.length && (keys.length === 0 || keys.at(-1) === `${array.length - 1}`);
    // the array has holes, or properties besides its items, as a RegExp match has
    if (!isDense) return `Array(${array.length})${this.#writeProperties(array, keys)}`;
    let text = "[";
    for (let i = 0; i < array.length; i++) text += `${this.write(array[i])},`;
    return `${text}]`;
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>): string {
    const entries = Array.from(map, ([key, item]) => `${this.write(key)}:${this.write(item)}`);
    return `Map{${this.#sort(entries)}}`;
  }

  #writeSet(set: ReadonlySet<unknown>): string {
    const items = Array.from(set, (item) => this.write(item));
    return `Set{${this.#sort(items)}}`;
  }

  #sort(items: string[]): string {
    const mark = this.#mark;
    if (mark === undefined || !items.some((item) => item.includes(mark))) return items.sort().join();
    const place = this.#createMark();
    (this.#unsorted ??= new Map()).set(place, items);
    return place;
  }

  #writeBinary(binary: Binary, tag: string): string {
    const { describing, content } = binaryParts(binary);
    if (content !== undefined) return this.#writeParts(tag, describing) + content;
    const mark = this.#createMark();
    (this.missing ??= new Map()).set(mark, binary);
    return `${this.#writeParts(`${tag}#`, describing)}${mark}`;
  }

  #refusal(what: string, culprit: unknown): HashError {
    const path = locate(this.#root, (thing) => thing === culprit);
    const advice = "leave the input out with cachePolicy: DEFAULT_POLICY.minus(name), or give the task a cacheKeyFn";
    return new HashError(`${what} at ${path} has no stable hash: ${advice}`, { path });
  }
}

/** The length shows where the text ends. UTF-8 would merge all lone surrogates, and JSON escapes them. */
function quote(text: string): string {
  return text.isWellFormed() ? `"${text.length}:${text}` : `'${JSON.stringify(text)}`;
}

/** Sorts by code units, which no locale changes. Skips the slow sort if the keys are in order already. */
function sorted(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  }
  return keys;
}

function describe(prototype: object): string {
  const { constructor } = prototype;
  return `An instance of ${typeof constructor === "function" && constructor.name !== "" ? constructor.name : "a class"}`;
}
