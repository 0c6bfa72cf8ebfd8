import { globSync, readFileSync } from "node:fs";
import type { DefaultTheme } from "vitepress";
import { apiPages } from "../../scripts/docs/api-pages.ts";
import { placeOf, root } from "./as-on-github.ts";

const docs = (names: string): string[] => names.split(" ").map((name) => `docs/${name}.md`);

/** Pages in the order in which a newcomer needs them. A page that is nowhere here is among the guides. */
const start = ["README.md", "docs/getting-started.md"];
const guides = docs(
  "get-or-compute tasks freshness invalidation records browser-storage locks values encryption events errors transactions flows",
);
const cloudflare = docs("edge sharing tokens command-line deferred edge-caches edge-consistency http-api");
const background = [
  ...docs("reliability performance scaling size record-format lock-internals prefect prefect-files"),
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
];
const named = new Set([...start, ...guides, ...cloudflare, ...background]);

export function sidebar(): DefaultTheme.SidebarItem[] {
  return [
    { text: "Start", items: pages(start) },
    { text: "Guides", items: pages([...guides, ...find("docs/*.md").filter((path) => !named.has(path))]) },
    { text: "Cloudflare", items: pages(cloudflare) },
    { text: "Integrations", items: pages(find("docs/integrations/*.md")) },
    { text: "Recipes", items: pages(find("docs/recipes/*.md")) },
    { text: "API reference", collapsed: true, items: apiItems },
    { text: "Background", items: pages(background) },
  ].filter(({ items }) => items.length > 0);
}

const apiItems = [
  { text: "All entries and names", link: "/api/" },
  ...apiPages.map(({ name, title }) => ({ text: title, link: `/api/${name}` })),
];

/** By name, where the index of a folder comes first. */
function find(pattern: string): string[] {
  const paths = globSync(pattern, { cwd: root }).map((path) => path.replaceAll("\\", "/"));
  return paths.sort().sort((some, other) => Number(other.endsWith("/index.md")) - Number(some.endsWith("/index.md")));
}

function pages(paths: readonly string[]): DefaultTheme.SidebarItem[] {
  return paths.map((path) => ({ text: titleOf(path), link: `/${placeOf(path).replace(/(?:index)?\.md$/, "")}` }));
}

function titleOf(path: string): string {
  const [, title = path] = /^# (.*)$/m.exec(readFileSync(`${root}/${path}`, "utf8")) ?? [];
  return title.replaceAll("`", "");
}
