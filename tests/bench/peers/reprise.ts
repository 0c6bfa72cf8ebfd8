import { createResultStore } from "../../../src/browser/index.ts";
import type { OpenPeer } from "./peer.ts";

export const open: OpenPeer = (compute, onKept) => {
  const store = createResultStore({ onEvent: ({ type }) => type === "write" && onKept() });
  return {
    get: (key) => store.getOrCompute(key, () => compute(key)),
    drop: (prefix) => store.invalidate({ prefix }),
  };
};
