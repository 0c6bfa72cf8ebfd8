/** A property's name, or the place in an array, a Set or the entries of a Map. */
export type PathSegment = string | number;

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Such as `$.rows[3].when` or `$["odd name"]`. */
export function formatPath(segments: readonly PathSegment[]): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === "string" && identifier.test(segment)) return `${path}.${segment}`;
    return `${path}[${JSON.stringify(segment)}]`;
  }, "$");
}
