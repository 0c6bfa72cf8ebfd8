/** A lock that a page or worker other than this one holds or waits for. */
export interface ForeignLock {
  readonly key: string;
  readonly held: boolean;
}

let ownClient: Promise<string | undefined> | undefined;

/** The locks of a store in other tabs, as the browser tells. None where it has no Web Locks. */
export async function otherTabsLocks(storeName: string): Promise<ForeignLock[]> {
  if (!("locks" in navigator)) return [];
  const own = await (ownClient ??= findOwnClient());
  const { held = [], pending = [] } = await navigator.locks.query();
  const prefix = `reprise/${storeName}/`;
  const foreign = (locks: LockInfo[], isHeld: boolean) =>
    locks
      .filter(({ name = "", clientId }) => clientId !== own && name.startsWith(prefix))
      .map(({ name = "" }) => ({ key: name.slice(prefix.length), held: isHeld }));
  return [...foreign(held, true), ...foreign(pending, false)];
}

/** Locks are listed by client, but nothing tells a page which client it is: so it looks for a lock of its own. */
async function findOwnClient(): Promise<string | undefined> {
  const name = `own-client/${crypto.randomUUID()}`;
  return navigator.locks.request(name, async () => {
    const { held = [] } = await navigator.locks.query();
    return held.find((lock) => lock.name === name)?.clientId;
  });
}
