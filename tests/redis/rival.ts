// A process that computes the key "k" over the Redis of its argument: it says so, waits for a value, and tells the answer.
import { once } from "node:events";
import process from "node:process";
import redisDriver from "unstorage/drivers/redis";
import { UnstorageStorage } from "../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../src/node/index.ts";

const driver = redisDriver({ url: process.argv[2]!, base: "results" });
const store = createResultStore({ resultStorage: new UnstorageStorage({ driver, exclusive: false }) });
const { value, source } = await store.answer("k", async () => {
  process.send!("computing");
  return ((await once(process, "message")) as unknown[])[0];
});
process.send!({ value, source });
await once(process, "message");
const again = createResultStore({ resultStorage: new UnstorageStorage({ driver, exclusive: false }) });
process.send!((await again.read("k"))?.result ?? null);
await driver.dispose!();
process.disconnect();
