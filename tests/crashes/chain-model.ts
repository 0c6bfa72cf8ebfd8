/** What a page does to a chain: two keys, of one writer, that change one operation after the other. */
export type Operation = "write" | "delete" | "invalidate" | "expire" | "compute" | "transact";

export type Key = "x" | "y";

/** The version of the value under each key that has one. */
export type Versions = { readonly [key in Key]?: number | undefined };

/** A page sends it before the operation. */
export interface Begin {
  readonly chain: string;
  readonly operation: Operation;
  readonly key: Key;
  /** Grows with each operation. A value that the operation makes has this version. */
  readonly version: number;
}

/** A page sends it once the operation has resolved. */
export interface End {
  readonly chain: string;
  /** What reads of both keys returned after it. */
  readonly found: Versions;
  /** Whether an event said that a result was not kept. */
  readonly isUnkept: boolean;
}

/** The state of a chain by the notes that arrived. A killed page leaves at most one operation that has begun. */
export class ChainModel {
  #versions: Versions = {};
  #begun: Begin | undefined;

  begin(begun: Begin): void {
    this.#begun = begun;
  }

  /** Throws if the page found other versions than the operation leaves. */
  end({ chain, found, isUnkept }: End): void {
    const begun = this.#begun!;
    const before = this.#versions;
    const done = after(before, begun);
    this.#versions = found;
    this.#begun = undefined;
    const isPromised = (key: Key) => found[key] === done[key] || (isUnkept && found[key] === before[key]);
    if (isPromised("x") && isPromised("y")) return;
    throw new Error(`${chain}: after ${begun.operation}, found ${JSON.stringify(found)}, not ${JSON.stringify(done)}`);
  }

  /** Takes what is there after a crash as the new state. Throws if no order of events explains it. */
  resume(chain: string, found: Versions): void {
    const states = this.#begun ? [this.#versions, ...between(this.#versions, this.#begun)] : [this.#versions];
    if (!states.some(({ x, y }) => x === found.x && y === found.y)) {
      throw new Error(`${chain}: found ${JSON.stringify(found)}, but only ${JSON.stringify(states)} are promised`);
    }
    this.#versions = found;
    this.#begun = undefined;
  }
}

const effects: Record<Operation, (versions: Versions, begun: Begin) => Versions> = {
  write: (versions, { key, version }) => ({ ...versions, [key]: version }),
  compute: (versions, { key, version }) => ({ ...versions, [key]: versions[key] ?? version }),
  transact: (_, { version }) => ({ x: version, y: version }),
  delete: (versions, { key }) => ({ ...versions, [key]: undefined }),
  invalidate: () => ({}),
  expire: () => ({}),
};

function after(versions: Versions, begun: Begin): Versions {
  return effects[begun.operation](versions, begun);
}

/** A commit writes the inner record first. A crash may come between the two. */
function between(versions: Versions, begun: Begin): Versions[] {
  const done = after(versions, begun);
  return begun.operation === "transact" ? [{ ...versions, y: begun.version }, done] : [done];
}
