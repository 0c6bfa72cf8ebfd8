import { dirname, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { MarkdownRenderer } from "vitepress";

/** The folder of the project. Paths of pages start there. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The place of a page on the site: docs/locks.md is locks.md, and a README the index of its folder. */
export function placeOf(path: string): string {
  return path.replace(/^docs\//, "").replace(/(^|\/)README\.md$/, "$1index.md");
}

/** The anchor of a heading, as GitHub makes it. */
export function slugify(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/**
 * Lets the Markdown be the same here and on GitHub. A link between files leads to the page. A link to a file that is no page
 * becomes its text. Braces in code are no template.
 */
export function asOnGitHub(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push(
    "as-on-github",
    ({ tokens, env }: { tokens: Token[]; env: { path: string; realPath?: string } }) => {
      const folder = relative(root, dirname(env.realPath ?? env.path)).replaceAll("\\", "/");
      for (const { children } of tokens) {
        let isPage = true;
        for (const token of children ?? []) {
          if (token.type === "code_inline") token.attrSet("v-pre", "");
          if (token.type === "link_open") isPage = leadToPage(token, folder);
          if (!isPage && token.type.startsWith("link_")) token.type = "text";
        }
      }
    },
  );
}

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

function leadToPage(link: Token, folder: string): boolean {
  const href = String(link.attrGet("href"));
  if (/^(?:[a-z]+:|#)/.test(href)) return true;
  const [path = "", anchor] = posix.join(folder, href).split("#");
  if (!/^(?:docs\/.*|[^/]*)\.md$/.test(path)) return false;
  link.attrSet("href", `/${placeOf(path)}${anchor === undefined ? "" : `#${anchor}`}`);
  return true;
}
