import { createResultStore, remote } from "../../../src/browser/index.ts";
import { isRepriseError } from "../../../src/errors/index.ts";

/** What the page has for its test. */
export interface ReadingPage {
  /** What reading the Worker's record of the key ends with, in a store that has nothing of its own yet. */
  read(key: string): Promise<string>;
  /** How many records of the Worker the page can list. */
  count(): Promise<number>;
}

const newStore = () => createResultStore({ name: crypto.randomUUID(), remote: remote({ url: location.origin }) });

const page: ReadingPage = {
  async read(key) {
    const store = newStore();
    try {
      const record = await store.read(key);
      return record ? `value ${typeof record.result}` : "absent";
    } catch (error) {
      return isRepriseError(error) ? error.code : `raw ${String(error)}`;
    } finally {
      await store.close();
    }
  },
  async count() {
    const store = newStore();
    const { records } = await store.list();
    await store.close();
    return records.length;
  },
};

Object.assign(window, { page });
