import startUrl from "../../docs/getting-started.md?url";
import computeUrl from "../../docs/get-or-compute.md?url";
import inspectorUrl from "../../docs/integrations/inspector.md?url";
import invalidationUrl from "../../docs/invalidation.md?url";
import locksUrl from "../../docs/locks.md?url";
import sharingUrl from "../../docs/sharing.md?url";
import readmeUrl from "../../README.md?url";
import type { AnswerSource } from "../store/answer-source.ts";
import { isReplay } from "../store/history.ts";
import type { MapRequest } from "../store/requests.ts";
import { byId } from "../support/dom.ts";

interface Sample {
  readonly title: string;
  readonly text: string;
  readonly link: readonly [name: string, url: string];
}

/** The texts of the modules, which are checked like all others. */
const codes = import.meta.glob<string>("../samples/*.ts", { query: "?raw", import: "default", eager: true });

const computePage = ["the page on getOrCompute", computeUrl] as const;

const samples = {
  first: {
    title: "The code behind the button",
    text: "The first call computes the map and keeps it. Every later call gets the kept map.",
    link: computePage,
  },
  computed: {
    title: "You computed a map",
    text: "Nothing was kept under this key, so the function ran. Its result is kept in this browser now.",
    link: computePage,
  },
  replayed: {
    title: "You replayed a map",
    text: "This page made the same call again. The function did not run.",
    link: computePage,
  },
  shared: {
    title: "Two callers shared one computation",
    text: "Two callers wanted the map at the same time. One computed it, and the other waited and saw its progress.",
    link: ["the page on locks", locksUrl],
  },
  invalidated: {
    title: "The data changed, and you computed a new map",
    text: "The invalidation made every kept map outdated. All open tabs asked again, and one computation answers them.",
    link: ["the page on invalidation", invalidationUrl],
  },
  edge: {
    title: "You replayed the map of another browser",
    text: "The edge had kept the map. With one more option, all browsers share their results.",
    link: ["the page on sharing", sharingUrl],
  },
} satisfies Record<string, Sample>;

const sampleOf: Readonly<Record<AnswerSource, keyof typeof samples>> = {
  computed: "computed",
  worker: "computed",
  joined: "shared",
  waited: "shared",
  "other-browser": "shared",
  edge: "edge",
  storage: "replayed",
  memory: "replayed",
};

/** Shows the code for what the visitor just did. Without a request: what the button does. */
export function showSample(request?: MapRequest): void {
  if (request === undefined) return fill("first");
  const { state, source, followsChange } = request;
  if (state !== "answered" || source === undefined) return;
  fill(followsChange && !isReplay({ source }) ? "invalidated" : sampleOf[source]);
}

function fill(name: keyof typeof samples): void {
  const { title, text, link }: Sample = samples[name];
  byId("sample-title", HTMLElement).textContent = title;
  byId("sample-text", HTMLElement).textContent = text;
  const code = byId("sample", HTMLElement);
  code.textContent = codes[`../samples/${name === "first" ? "computed" : name}.ts`] ?? "";
  code.dataset["sample"] = name;
  Object.assign(byId("sample-link", HTMLAnchorElement), { textContent: link[0], href: link[1] });
}

/** The links to the documentation. */
export function showLinks(): void {
  byId("readme-link", HTMLAnchorElement).href = readmeUrl;
  byId("docs-link", HTMLAnchorElement).href = startUrl;
  byId("inspector-link", HTMLAnchorElement).href = inspectorUrl;
}
