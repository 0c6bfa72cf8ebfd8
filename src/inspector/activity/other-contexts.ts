import type { ResultStore } from "../../core/store/result-store.ts";

/** A lock that another tab or worker of the origin holds or waits for. */
export interface ForeignLock {
  readonly key: string;
  readonly isHeld: boolean;
}

let ownClient: string | undefined;

/**
 * The locks of a store of `createResultStore` in other contexts, as the browser knows them. Its locks are the browser's, with
 * names that docs/lock-internals.md describes. Empty for stores with other locks, and before the store is used.
 */
export async function locksElsewhere(store: ResultStore): Promise<ForeignLock[]> {
  const { resultStorage } = store;
  const [, name] = /^indexed-db\/(.*)$/s.exec((resultStorage.local ?? resultStorage).leasePlace ?? "") ?? [];
  const { locks } = globalThis.navigator as { readonly locks?: Pick<LockManagerOfPage, "query" | "request"> };
  if (name === undefined || !locks) return [];
  ownClient ??= await findOwnClient(locks);
  const { held = [], pending = [] } = await locks.query();
  const prefix = `reprise/${encodeURIComponent(name)}/`;
  const foreign = (infos: readonly LockInfo[], isHeld: boolean) =>
    infos.flatMap(({ name: lock = "", clientId }) =>
      clientId !== ownClient && lock.startsWith(prefix) ? [{ key: lock.slice(prefix.length), isHeld }] : [],
    );
  return [...foreign(held, true), ...foreign(pending, false)];
}

type LockManagerOfPage = typeof navigator.locks;

/** The browser names the client of each lock, but tells no page which client it is. So the page looks for a lock of its own. */
async function findOwnClient(locks: Pick<LockManagerOfPage, "query" | "request">): Promise<string | undefined> {
  const name = `reprise-inspector/${crypto.randomUUID()}`;
  return locks.request(name, async () => {
    const { held = [] } = await locks.query();
    return held.find((lock) => lock.name === name)?.clientId;
  });
}
