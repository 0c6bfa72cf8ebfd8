import type { Driver } from "unstorage";

/** A driver with texts alone, as Redis and KV have. Its calls end later, and it has no name that says anything. */
export function textDriver(): Driver {
  const items = new Map<string, string>();
  return {
    hasItem: async (key) => items.has(key),
    getItem: async (key) => items.get(key) ?? null,
    setItem: async (key, value) => {
      if (typeof value !== "string") throw new TypeError("only texts");
      items.set(key, value);
    },
    removeItem: async (key) => void items.delete(key),
    getKeys: async () => [...items.keys()],
  };
}
