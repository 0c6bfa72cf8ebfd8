import * as fc from "fast-check";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { TabChannel } from "../../../src/browser/store/tab-channel.ts";
import { createStore } from "../../stores.ts";
import { tryHistory } from "../../trials/history.ts";
import { clients } from "../../trials/history-commands.ts";
import { trial } from "../../trials/trial.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

for (const promises of ["linearizable", "own"] as const) {
  trial(
    `some order explains all calls under locks and in transactions of three tabs, whose reads are ${promises}`,
    { kind: "histories", short: 10, long: 600 },
    fc.asyncProperty(clients, fc.infiniteStream(fc.nat({ max: 4 })), async (all, chosen) => {
      const name = freshName();
      const parts = [0, 1, 2].map(() => ({
        resultStorage: new IndexedDbStorage({ name }),
        lockManager: new WebLockManager({ name }),
        changes: new TabChannel(name),
      }));
      const stores = parts.map(({ changes, ...rest }) =>
        createStore({
          ...rest,
          onEvent: () => {},
          ...(promises === "own" ? { changes } : { cacheResultInMemory: false }),
        }),
      );
      const pause = () => wait(chosen.next().value as number);
      try {
        await tryHistory({ stores, pause, outlast: () => wait(5), promises }, all);
      } finally {
        await Promise.all(stores.map((store) => store.close()));
        for (const { changes } of parts) changes.close();
        indexedDB.deleteDatabase(name);
      }
    }),
  );
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
