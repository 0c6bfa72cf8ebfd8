import { sourceMeanings, sourceNames, sources } from "../store/answer-source.ts";
import { element } from "../support/dom.ts";

/** Says what the names of the sources mean. */
export function showGlossary(list: HTMLElement): void {
  for (const source of sources) {
    list.append(element("dt", {}, sourceNames[source]), element("dd", {}, sourceMeanings[source]));
  }
}
