/** A call on a register, with the states that it may leave behind. None: it can't have happened in that state. */
export interface Operation {
  readonly name: string;
  readonly invoked: number;
  readonly returned: number;
  readonly apply: (state: number) => readonly number[];
}

/**
 * Whether some order explains all calls: each takes effect at one moment between its invocation and its response. This is
 * the search of Wing and Gong: it tries each call that began before all others ended, and remembers where it has been.
 */
export function isLinearizable(operations: readonly Operation[], initial = 0): boolean {
  const visited = new Set<string>();
  const search = (left: readonly Operation[], state: number): boolean => {
    if (left.length === 0) return true;
    const visit = `${state}:${left.map(({ invoked }) => invoked).join()}`;
    if (visited.has(visit)) return false;
    visited.add(visit);
    const firstEnd = Math.min(...left.map(({ returned }) => returned));
    return left.some(
      (next) =>
        next.invoked < firstEnd &&
        next.apply(state).some((after) => search(left.filter((each) => each !== next), after)), // prettier-ignore
    );
  };
  return search(operations, initial);
}

/** No value. */
export const absent = 0;

export const reads = (value: number) => (state: number) => (state === value ? [state] : []);
export const writes = (value: number) => () => [value];
export const updates = (seen: number, value: number) => (state: number) => (state === seen ? [value] : []);

/** A computation where there is no value. `mayBeLost`: a change came between, so it may not have been kept. */
export const computes = (value: number, mayBeLost: boolean) => (state: number) => [
  ...(state === absent ? [value] : []),
  ...(mayBeLost ? [state] : []),
];

/** A write that a change may have come before. */
export const replaces = (value: number, mayBeLost: boolean) => (state: number) =>
  mayBeLost ? [value, state] : [value];
