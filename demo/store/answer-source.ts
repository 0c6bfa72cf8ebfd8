import type { ResultSource, StoreEvent } from "reprise";
import { edgeAnswers } from "../edge/edge.ts";
import type { KeptMap } from "../density/kept-map.ts";

/** Where an answer came from, as the page tells it apart. */
export type AnswerSource = ResultSource | "worker" | "edge" | "other-browser";

/** From slow to quick. */
export const sources: readonly AnswerSource[] = edgeAnswers
  ? ["computed", "worker", "other-browser", "waited", "joined", "edge", "storage", "memory"]
  : ["computed", "waited", "joined", "storage", "memory"];

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
  worker: "Nobody had the map, so the Worker computed it. The Worker is the program on the server.",
  "other-browser": "Another browser or the Worker was computing the map. This tab waited for it.",
  waited: "Another tab of this browser was computing the map. This tab waited for it.",
  joined: "This tab was computing the map already. The second request shares the first one’s answer.",
  edge: "The server had kept the map. A browser or the Worker had computed it before.",
  storage: "This browser had kept the map in its database, IndexedDB, where it outlives reloads.",
  memory: "This tab still had the map in its memory.",
};

const sentences: Readonly<Record<AnswerSource, (time: string) => string>> = {
  computed: (time) => `This tab computed the map in ${time}`,
  worker: (time) => `The Worker computed the map, on the server. This tab had it in ${time}`,
  "other-browser": (time) => `Another browser computed the map. This tab waited ${time} for it`,
  waited: (time) => `Another tab computed the map. This tab waited ${time} for it`,
  joined: (time) => `This tab was computing the map already. The second request waited ${time} for it`,
  edge: (time) => `From the edge in ${time}`,
  storage: (time) => `From this browser’s database, IndexedDB, in ${time}`,
  memory: (time) => `From this tab’s memory in ${time}`,
};

/** A sentence without its full stop; `time`: how long it took. */
export function describeAnswer(source: AnswerSource, time: string, computedBy: KeptMap["computedBy"]): string {
  const isWorkers = computedBy === "worker";
  const sentence = sentences[source](time);
  if (source === "other-browser" && isWorkers) return sentence.replace("Another browser", "The Worker");
  if (source !== "edge" || computedBy === undefined) return sentence;
  return `${sentence}. ${isWorkers ? "The Worker" : "A browser"} had computed the map`;
}
