/** A lock that a page or worker other than this one holds or waits for. */
export interface ForeignLock {
  readonly name: string;
  readonly held: boolean;
}

let ownClient: Promise<string | undefined> | undefined;

/** The locks of this origin's other tabs, as the browser tells. None where it has no Web Locks. */
export async function otherTabsLocks(): Promise<ForeignLock[]> {
  if (!("locks" in navigator)) return [];
  const own = await (ownClient ??= findOwnClient());
  const { held = [], pending = [] } = await navigator.locks.query();
  const foreign = (locks: LockInfo[], isHeld: boolean) =>
    locks.filter(({ clientId }) => clientId !== own).map(({ name = "" }) => ({ name, held: isHeld }));
  return [...foreign(held, true), ...foreign(pending, false)];
}

/** Locks are listed by client, but nothing tells a page which client it is: so it looks for a lock of its own. */
async function findOwnClient(): Promise<string | undefined> {
  const name = `own-client/${crypto.randomUUID()}`;
  return await navigator.locks.request(name, async () => {
    const { held = [] } = await navigator.locks.query();
    return held.find((lock) => lock.name === name)?.clientId;
  });
}
