import { objectClasses } from "./missing-parts.ts";

const names = Object.values(objectClasses).sort().join(", ");

/** The line that a Worker needs for its Durable Objects. */
export const exportLine = `export { ${names} } from "reprise/worker";`;

/** A Worker that is the API alone. */
export const workerSource = `import { createResultsApi } from "reprise/worker";

// The classes of the Durable Objects.
${exportLine}

// Answers nobody without a token that is signed with REPRISE_SECRET. Mint tokens for callers that you know.
export default createResultsApi();
`;

/** Whether a Worker seems to export the classes. */
export function exportsClasses(source: string): boolean {
  return Object.values(objectClasses).every((name) => new RegExp(`\\b${name}\\b`).test(source));
}
