import { sourceMeanings, sourceNames } from "../store/answer-source.ts";
import { element } from "../support/dom.ts";
import { lanes } from "./timing-plot.ts";

/** Says what the names of the sources mean. */
export function showGlossary(list: HTMLElement): void {
  for (const source of lanes) {
    list.append(element("dt", {}, sourceNames[source]), element("dd", {}, sourceMeanings[source]));
  }
}
