import { useLayoutEffect } from "react";
import { type ResultState, useResult, type UseResultOptions } from "../../../src/integrations/react/index.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { type Computations, h, type Screen } from "./react-tools.ts";

export interface ShownProps {
  readonly store: ResultStore;
  readonly name?: string;
  readonly compute: Computations["compute"];
  readonly options?: UseResultOptions;
  /** Gets each state that came to the screen. */
  readonly seen?: (ResultState<unknown> & { readonly name: string })[];
}

/** Shows all that `useResult` gives. */
export function Shown({ store, name = "key", compute, options, seen }: ShownProps) {
  const state = useResult(store, name, compute, options);
  useLayoutEffect(() => void seen?.push({ ...state, name }));
  const { status, value, error, isStale, progress, refresh, invalidate } = state;
  return h(
    "p",
    null,
    [status, value, error, isStale && "stale", progress && `${progress.fraction} ${progress.note}`]
      .filter(Boolean)
      .join(", "),
    h("button", { onClick: refresh }),
    h("button", { onClick: invalidate }),
  );
}

/** Presses a button of `Shown`. */
export const press = (screen: Screen, button: "refresh" | "invalidate") =>
  screen.container.querySelectorAll("button")[button === "refresh" ? 0 : 1]!.click();
