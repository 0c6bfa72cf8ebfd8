import type { ProjectReflection, Router } from "typedoc";
import { apiPages } from "./api-pages.ts";

const introduction = `# API reference

| import | for |
| --- | --- |
| \`reprise\` | \`reprise/browser\`, \`reprise/edge\` or \`reprise/node\`, whichever fits the runtime |
| \`reprise/browser\` | [browsers](browser.md): IndexedDB and Web Locks |
| \`reprise/edge\` | [Cloudflare Workers](edge.md): R2, KV and Durable Objects |
| \`reprise/node\` | [Node](node.md) and other runtimes: memory |
| \`reprise/core\` | the store and its parts, without defaults |
| \`reprise/worker\` | [the HTTP API of a Worker](worker.md), its tokens and its Durable Objects |
| \`reprise/http\` | [clients of that API](http.md), in every runtime with \`fetch\` |
| \`reprise/prefect\` | [the result files of Prefect](prefect.md) |
| \`reprise/hono\` | [middleware for Hono](hono.md) that keeps the responses of a route |
| \`reprise/unstorage\` | [drivers of unstorage](unstorage.md) as storages, and stores as drivers |
| \`reprise/testing\` | [contract suites and chaos](testing.md) |

Each page tells which entries export its names. \`reprise\` stands for \`reprise/browser\`, \`reprise/edge\` and \`reprise/node\` too.
`;

/** The first page: the entries, and the names on each page. */
export function indexPage(project: ProjectReflection, router: Router): string {
  const lists = apiPages.map(({ name, title }) => {
    const page = project.children?.find((child) => child.name === name);
    const links = page?.children?.map((child) => `[\`${child.name}\`](${router.getFullUrl(child)})`);
    return `## ${title}\n\n${links?.join(",\n")}\n`;
  });
  return [introduction, ...lists].join("\n");
}
