import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "./module-graph.ts";

/** The Markdown files by their paths, without the code blocks in them. */
const documents = new Map(
  await Promise.all(
    // what is generated into docs/api is checked by its generator
    (
      await Array.fromAsync(
        glob("{*.md,{docs,src,workers,demo}/**/*.md}", { cwd: projectRoot, exclude: ["docs/api/**"] }),
      )
    ).map(
      async (path) =>
        [
          path.replaceAll("\\", "/"),
          (await readFile(join(projectRoot, path), "utf8")).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, ""),
        ] as const,
    ),
  ),
);

/** The names of a document's headings in addresses, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  const headings = documents.get(path)?.matchAll(/^#+ (.*)$/gm) ?? [];
  return Array.from(headings, ([, text = ""]) =>
    text
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The links of a document to other files here and to their headings. */
function linksOf(path: string): { link: string; target: string; anchor: string | undefined }[] {
  const links = documents.get(path)!.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g);
  return Array.from(links, ([link, file, anchor]) => {
    const target = file ? normalize(join(dirname(path), file)).replaceAll("\\", "/") : path;
    return { link: `${path}: ${link}`, target, anchor };
  });
}

test("every link in a Markdown file leads to a file and a heading that exist", () => {
  const links = [...documents.keys()].flatMap(linksOf);
  expect(links.length).toBeGreaterThan(100);
  const broken = links.filter(
    ({ target, anchor }) =>
      !existsSync(join(projectRoot, target)) ||
      (anchor !== undefined && documents.has(target) && !anchorsOf(target).includes(anchor)),
  );
  expect(broken.map(({ link }) => link)).toEqual([]);
});

test("each page of docs/ opens with the question that it answers", () => {
  const pages = [...documents].filter(([path]) => /^docs\/(?:integrations\/)?(?!index)[^/]*\.md$/.test(path));
  expect(pages.length).toBeGreaterThan(10);
  const [opening, question] = [/^# .+\n\n(.+)/, /\?$/];
  expect(pages.filter(([, text]) => !question.test(opening.exec(text)?.[1] ?? "")).map(([path]) => path)).toEqual([]);
});

test("the README is read in a few minutes", async () => {
  const lines = (await readFile(join(projectRoot, "README.md"), "utf8")).trim().split("\n");
  expect(lines.length).toBeLessThan(200);
});
