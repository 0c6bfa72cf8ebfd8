import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Isolated pages get a clock that is fine enough for memory hits. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Data keeps its name, since the Worker looks for it too. Browsers show plain text, and some of them only save Markdown. */
const named = {
  output: {
    assetFileNames: ({ names }: { names: string[] }) => {
      if (names.some((name) => /\.(csv|json)$/.test(name))) return "assets/[name][extname]";
      return names.some((name) => name.endsWith(".md")) ? "assets/[name]-[hash].txt" : "assets/[name]-[hash][extname]";
    },
  },
};

export default defineConfig({
  root: here("."),
  base: "./",
  resolve: {
    alias: [
      // the page imports the library by its name, as a user's code would
      { find: /^reprise\/inspector$/, replacement: here("../src/inspector/index.ts") },
      { find: /^reprise\/http$/, replacement: here("../src/http/index.ts") },
      { find: /^reprise\/react$/, replacement: here("../src/integrations/react/index.ts") },
      { find: /^reprise$/, replacement: here("../src/browser/index.ts") },
      // vega-datasets exports its loader alone, and that one loads from a CDN
      { find: /^vega-data\//, replacement: `${here("../node_modules/vega-datasets/data")}/` },
    ],
  },
  server: {
    host: "127.0.0.1",
    fs: { allow: [here("..")] },
    headers: isolation,
  },
  preview: { host: "127.0.0.1", headers: isolation },
  worker: { format: "es" },
  build: {
    outDir: here("./dist"),
    emptyOutDir: true,
    // pages of the documentation are linked to, and no browser opens a link to a data URL
    assetsInlineLimit: 0,
    target: "es2022",
    rolldownOptions: { ...named, input: [here("./index.html"), here("./react/index.html")] },
  },
  optimizeDeps: {
    include: [
      "d3-geo",
      "topojson-client",
      "devalue",
      "idb-keyval",
      "lru.min",
      "ohash",
      "p-retry",
      "react",
      "react-dom/client",
    ],
  },
});
