import { type Cache, type CacheEntry, cachified } from "@epic-web/cachified";
import { del, get, set } from "idb-keyval";
import type { OpenPeer } from "./peer.ts";

/** It deletes by key alone. */
export const open: OpenPeer = (compute, onKept) => {
  const cache: Cache = {
    name: "idb-keyval",
    get: (key) => get<CacheEntry>(key),
    set: async (key, entry) => {
      await set(key, entry);
      onKept();
    },
    delete: (key) => del(key),
  };
  return { get: (key) => cachified({ key, cache, getFreshValue: () => compute(key) }) };
};
