import type { ResultSource, StoreEvent } from "reprise";

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

/** Those that can't be said as "From ...". */
const sentences: Partial<Record<AnswerSource, string>> = {
  computed: "Computed here",
  worker: "Computed by the Worker",
  joined: "Joined a computation",
  edge: "From the edge, which had it of another browser or the Worker,",
};

/** The beginning of a sentence. */
export function describeSource(source: AnswerSource | undefined): string {
  return source === undefined ? "From the store" : (sentences[source] ?? `From ${sourceNames[source]}`);
}
