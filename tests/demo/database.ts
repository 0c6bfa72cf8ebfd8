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

/** When the lease of a key runs out, in milliseconds since 1970. */
export async function leaseEnd(page: Page, key: string): Promise<number> {
  return await page.evaluate(`(async () => {
    const database = await ${open};
    const lease = await new Promise((resolve, reject) => {
      const request = database.transaction("leases").objectStore("leases").get(${JSON.stringify(key)});
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    database.close();
    return lease.expiresAt;
  })()`);
}
