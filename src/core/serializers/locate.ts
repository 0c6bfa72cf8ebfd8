type Step = readonly [step: string, read: () => unknown];

/** Returns a function whose result replaces an instance's own properties in the search, or `undefined`. */
export type StepInto = (thing: object) => (() => unknown) | undefined;

/**
 * The path from `root` to the first value that `isIt` accepts, or to the first that can't be read: `$.a[3].b`,
 * `$.map.get("k")`. It is slow, so use it for error messages only.
 */
export function locate(root: unknown, isIt: (thing: unknown) => boolean, stepInto?: StepInto): string {
  const seen = new Set<unknown>();

  function visit(thing: unknown, path: string): string | undefined {
    if (isIt(thing)) return path;
    if (typeof thing !== "object" || thing === null || seen.has(thing)) return undefined;
    seen.add(thing);
    const dump = stepInto?.(thing);
    for (const [step, read] of dump ? [["", dump] as const] : stepsOf(thing)) {
      let child: unknown;
      try {
        child = read();
      } catch {
        return path + step;
      }
      const found = visit(child, path + step);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  try {
    return visit(root, "$") ?? "$";
  } catch {
    // too deeply nested to search
    return "$";
  }
}

function* stepsOf(thing: object): Generator<Step> {
  if (ArrayBuffer.isView(thing)) return;
  if (thing instanceof Map) {
    let i = 0;
    for (const [key, value] of thing as Map<unknown, unknown>) {
      yield [`.keys()[${i}]`, () => key];
      yield [isPrimitive(key) ? `.get(${show(key)})` : `.values()[${i}]`, () => value];
      i++;
    }
  } else if (thing instanceof Set) {
    let i = 0;
    for (const value of thing as Set<unknown>) yield [`.values()[${i++}]`, () => value];
  }
  for (const key of Object.getOwnPropertyNames(thing)) {
    yield [
      Array.isArray(thing) && /^\d/.test(key) ? `[${key}]` : stepTo(key),
      () => (thing as Record<string, unknown>)[key],
    ];
  }
}

export function stepTo(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function show(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(key) : String(key);
}
