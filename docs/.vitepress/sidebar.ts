import { globSync, readFileSync } from "node:fs";
import type { DefaultTheme } from "vitepress";
import { apiPages } from "../../scripts/docs/api-pages.ts";
import { placeOf, root } from "./as-on-github.ts";

/** Pages in the order in which a newcomer needs them. Pages that no group names are guides. */
const start = ["README.md"];
const firstGuides = ["freshness", "edge", "deferred", "locks", "values", "prefect"].map((name) => `docs/${name}.md`);
const background = [
  ...["reliability", "performance", "scaling", "size", "record-format", "prefect-files"].map(
    (name) => `docs/${name}.md`,
  ),
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
];

export function sidebar(): DefaultTheme.SidebarItem[] {
  const taken = [...start, ...firstGuides, ...background];
  const otherGuides = find("docs/*.md").filter((path) => !taken.includes(path));
  return [
    { text: "Start", items: pages(start) },
    { text: "Guides", items: pages([...firstGuides, ...otherGuides]) },
    { text: "Recipes", items: pages(find("docs/recipes/*.md")) },
    {
      text: "API reference",
      collapsed: true,
      items: [
        { text: "All entries and names", link: "/api/" },
        ...apiPages.map(({ name, title }) => ({ text: title, link: `/api/${name}` })),
      ],
    },
    { text: "Background", items: pages(background) },
  ].filter(({ items }) => items.length > 0);
}

function find(pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

function pages(paths: readonly string[]): DefaultTheme.SidebarItem[] {
  return paths.map((path) => ({ text: titleOf(path), link: `/${placeOf(path).replace(/(?:index)?\.md$/, "")}` }));
}

function titleOf(path: string): string {
  return /^# (.*)$/m.exec(readFileSync(`${root}/${path}`, "utf8"))?.[1] ?? path;
}
