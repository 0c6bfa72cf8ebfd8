import { defineConfig } from "vitepress";
import { asOnGitHub, placeOf, root, slugify } from "./as-on-github.ts";
import { sidebar } from "./sidebar.ts";

const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#3451b2"/><path d="M6 4.5v7l5-3.5z" fill="#fff"/></svg>',
)}`;

/** Long names of methods wrap in the outline, and a row of a table can be read on a phone. */
const style =
  ".VPDocOutlineItem .outline-link{white-space:normal;overflow-wrap:anywhere}.vp-doc td{vertical-align:top}";

export default defineConfig({
  title: "Reprise",
  description: "Compute once, replay everywhere: keeps the results of computations in the browser and at the edge.",
  head: [
    ["link", { rel: "icon", href: icon }],
    ["style", {}, style],
  ],
  srcDir: root, // README.md and the other files of the top level are pages too
  srcExclude: ["{demo,scripts,src,test-results,tests,workers}/**"],
  rewrites: placeOf,
  vite: { publicDir: false },
  markdown: { anchor: { slugify }, config: (markdown) => asOnGitHub(markdown) },
  themeConfig: {
    sidebar: sidebar(),
    nav: [
      { text: "API reference", link: "/api/" },
      { text: "Changes", link: "/CHANGELOG" },
    ],
    outline: [2, 3],
    search: { provider: "local" },
  },
});
