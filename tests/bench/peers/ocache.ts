import { defineCachedFunction, type StorageInterface } from "ocache";
import { createStorage } from "unstorage";
import indexedDbDriver from "unstorage/drivers/indexedb";
import type { OpenPeer } from "./peer.ts";

/** ocache deletes by key alone, and unstorage lists keys by their prefix. */
export const open: OpenPeer = (compute, onKept) => {
  const kept = createStorage({ driver: indexedDbDriver({}) });
  const storage: StorageInterface = {
    get: <T>(key: string) => kept.getItem(key) as Promise<T | null>,
    set: async (key, value) => {
      if (value === null) return kept.removeItem(key);
      await kept.setItem(key, value as object);
      onKept();
    },
  };
  const name = "results";
  const get = defineCachedFunction(compute, { name, storage, getKey: (key) => key, maxAge: 86_400 });
  return {
    get: (key) => get(key),
    drop: async (prefix) => {
      const keys = await kept.getKeys(`/cache:functions:${name}:${prefix}`);
      await Promise.all(keys.map((key) => kept.removeItem(key)));
    },
  };
};
