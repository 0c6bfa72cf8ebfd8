import type { Page } from "playwright";

const open = `new Promise((resolve, reject) => {
  const request = indexedDB.open("reprise-demo");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
})`;

/** Changes the bytes of a record behind the library's back. */
export async function changeRecord(page: Page, key: string, change: (bytes: Uint8Array) => void): Promise<void> {
  await page.evaluate(`(async () => {
    const database = await ${open};
    const transaction = database.transaction("records", "readwrite");
    const records = transaction.objectStore("records");
    await new Promise((resolve, reject) => {
      const request = records.get(${JSON.stringify(key)});
      request.onsuccess = () => {
        (${String(change)})(new Uint8Array(request.result.bytes));
        records.put(request.result, records.keyPath === null ? ${JSON.stringify(key)} : undefined);
      };
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    database.close();
  })()`);
}

/** Changes with every write of the record. */
export async function etagOf(page: Page, key: string): Promise<string | undefined> {
  const records: { storageKey: string; etag: string }[] = await page.evaluate(
    "reprise.store.list().then(({ records }) => records)",
  );
  return records.find(({ storageKey }) => storageKey === key)?.etag;
}

/**
 * Follows the lease of a key, in a tab that waits for it, until that tab computes: the end of the last lease that the
 * holder before had, and when the tab went on. In milliseconds since 1970.
 */
export function watchTakeover(page: Page, key: string): Promise<{ leaseEnd: number; wentOn: number }> {
  return page.evaluate(`(async () => {
    const database = await ${open};
    const read = () => new Promise((resolve, reject) => {
      const request = database.transaction("leases").objectStore("leases").get(${JSON.stringify(key)});
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const status = document.querySelector("#status");
    let wentOn;
    new MutationObserver(() => {
      if (status.dataset.state === "computing") wentOn ??= Date.now();
    }).observe(status, { attributes: true });
    const { token, expiresAt } = await read();
    let leaseEnd = expiresAt;
    while (wentOn === undefined) {
      const lease = await read();
      if (lease?.token === token) leaseEnd = lease.expiresAt;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    database.close();
    return { leaseEnd, wentOn };
  })()`);
}
