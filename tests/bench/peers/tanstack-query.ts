import { QueryClient } from "@tanstack/query-core";
import { experimental_createQueryPersister, type PersistedQuery } from "@tanstack/query-persist-client-core";
import { del, entries, get, set } from "idb-keyval";
import type { OpenPeer } from "./peer.ts";

/** IndexedDB keeps objects as they are, so nothing is serialized. */
export const open: OpenPeer = (compute, onKept) => {
  const persister = experimental_createQueryPersister<PersistedQuery>({
    storage: {
      getItem: (key) => get<PersistedQuery>(key),
      setItem: async (key, query) => {
        await set(key, query);
        onKept();
      },
      removeItem: (key) => del(key),
      entries: () => entries<string, PersistedQuery>(),
    },
    serialize: (query) => query,
    deserialize: (query) => query,
  });
  const client = new QueryClient({
    defaultOptions: { queries: { persister: persister.persisterFn, staleTime: Infinity } },
  });
  return {
    get: (key) => client.query({ queryKey: key.split("/"), queryFn: () => compute(key) }),
    drop: async (prefix) => {
      const queryKey = prefix.split("/").slice(0, -1);
      client.removeQueries({ queryKey });
      await persister.removeQueries({ queryKey });
    },
  };
};
