import packageJson from "../../../package.json" with { type: "json" };
import { bundleOf, gzippedSize } from "./sizes.ts";

const { exports: entries, peerDependencies = {} } = packageJson as {
  exports: Readonly<Record<string, string | { readonly default?: string }>>;
  peerDependencies?: Readonly<Record<string, string>>;
};

/** The names of the entries that are built from `src/integrations/` and `src/inspector/`, with their sources. */
export const integrations: ReadonlyMap<string, string> = new Map(
  Object.entries(entries).flatMap(([entry, target]) => {
    const file = typeof target === "string" ? target : target.default;
    const [, source] = /^\.\/dist\/(src\/(?:integrations|inspector)\/.*)\.js$/.exec(file ?? "") ?? [];
    return source === undefined ? [] : [[entry.replace(".", "reprise"), `./${source}.ts`]];
  }),
);

/** The gzipped bytes that an integration adds to a page with a store. The page has its peer dependencies anyway. */
export async function measureIntegration(name: string): Promise<number> {
  const store = 'export { createResultStore } from "./src/browser/index.ts";';
  const both = `${store} export * from ${JSON.stringify(integrations.get(name))};`;
  return (await sizeOf(both)) - (await sizeOf(store));
}

async function sizeOf(contents: string): Promise<number> {
  return gzippedSize((await bundleOf(contents, { external: Object.keys(peerDependencies) })).code);
}
