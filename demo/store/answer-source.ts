import type { ResultSource, StoreEvent } from "reprise";
import type { KeptMap } from "../density/kept-map.ts";

/** Where an answer came from, as the page tells it apart. */
export type AnswerSource = ResultSource | "worker" | "edge" | "other-browser";

type DoneEvent = Extract<StoreEvent, { type: "done" }>;

/** Where several storages are, the event says from which one the record was read. */
export function sourceOf({ source, from }: DoneEvent): AnswerSource {
  if (from !== "http") return source;
  if (source === "storage") return "edge";
  return source === "waited" ? "other-browser" : source;
}

export const sourceNames: Readonly<Record<AnswerSource, string>> = {
  computed: "computed",
  worker: "the Worker",
  "other-browser": "another browser",
  waited: "another tab",
  joined: "joined",
  edge: "the edge",
  storage: "IndexedDB",
  memory: "memory",
};

/** What the names mean to somebody who meets them for the first time. */
export const sourceMeanings: Readonly<Record<AnswerSource, string>> = {
  computed: "Nobody had the map, so this tab computed it.",
  worker: "Nobody had the map, so the Worker computed it: the program on the server.",
  "other-browser": "Another browser, or the Worker, was computing the map. This tab waited and took that.",
  waited: "Another tab of this browser was computing the map. This tab waited and took that.",
  joined: "This tab was computing the map already. The second request shares the first one’s answer.",
  edge: "The server had kept the map. A browser or the Worker had computed it before.",
  storage: "This browser had kept the map in its database, IndexedDB, where it outlives reloads.",
  memory: "This tab still had the map in its memory.",
};

const beginnings: Readonly<Record<AnswerSource, string>> = {
  computed: "Computed by this tab",
  worker: "Computed by the Worker, on the server,",
  "other-browser": "Another browser was computing it: waited for that, and had it",
  waited: "Another tab was computing it: waited for that, and had it",
  joined: "Joined this tab’s own computation, and had it",
  edge: "From the edge",
  storage: "From this browser’s IndexedDB",
  memory: "From this tab’s memory",
};

/** A sentence without its full stop; `time`: how long it took. */
export function describeAnswer(
  source: AnswerSource | undefined,
  time: string | undefined,
  computedBy: KeptMap["computedBy"],
): string {
  const isWorkers = computedBy === "worker";
  const beginning = source === undefined ? "From the store" : beginnings[source];
  const whole = time === undefined ? beginning : `${beginning} in ${time}`;
  if (source === "other-browser" && isWorkers) return whole.replace("Another browser", "The Worker");
  if (source !== "edge" || computedBy === undefined) return whole;
  return `${whole}; ${isWorkers ? "the Worker" : "a browser"} had computed it`;
}
