import { delMany, get, keys, set } from "idb-keyval";
import type { OpenPeer } from "./peer.ts";

/** By hand: one computation in this tab by a shared promise, and one in all tabs by a Web Lock. */
export const open: OpenPeer = (compute, onKept) => {
  const pending = new Map<string, Promise<unknown>>();
  const computeOnce = async (key: string): Promise<unknown> => {
    const kept = await get<unknown>(key);
    if (kept !== undefined) return kept;
    return navigator.locks.request(key, async () => {
      const fromOtherTab = await get<unknown>(key);
      if (fromOtherTab !== undefined) return fromOtherTab;
      const value = await compute(key);
      await set(key, value);
      onKept();
      return value;
    });
  };
  return {
    get: (key) => {
      const joined = pending.get(key) ?? computeOnce(key).finally(() => pending.delete(key));
      pending.set(key, joined);
      return joined;
    },
    drop: async (prefix) => delMany((await keys<string>()).filter((key) => key.startsWith(prefix))),
  };
};
