import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { tryHead } from "../../core/record/try-head.ts";
import { InvalidationLog } from "../../core/storages/invalidation-log.ts";
import type { StoredRecord } from "../../core/storages/result-storage.ts";
import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import { randomId } from "../../core/support/random-id.ts";
import { getBytes, getKeys, removeItem, setBytes, type UnstorageDriver } from "./driver.ts";
import { type ItemName, parseItemName, toItemName } from "./item-names.ts";
import { Turns } from "../../core/concurrency/turns.ts";

/** Ends the etag in front of a record. */
const lineEnd = 10;
/** An etag of another storage may be any text. */
const plainEtag = /^[!-~]{1,200}$/;
/** The longest lifetime in seconds that every driver accepts, 68 years. */
const maxTtl = 2 ** 31 - 1;
/** How long a record stays that is over when it is written, in seconds. It would stay for ever without a lifetime. */
const lastTtl = 60;
/** How many items are read or removed at once. */
const concurrentItems = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** What the storages over one driver in this context share. */
interface Shared {
  readonly turns: Turns;
  readonly log: InvalidationLog;
}
const sharedBy = new WeakMap<UnstorageDriver, Shared>();

/** A record without its bytes. */
export interface ListedRecord {
  readonly name: string;
  readonly etag: string;
  readonly metadata: ResultRecordMetadata;
  /** Bytes of the whole record. */
  readonly length: number;
}

/** Records as items of a driver. An item holds an etag, a line break, and the bytes of the record. */
export class DriverRecords {
  readonly driver: UnstorageDriver;
  readonly turns: Turns;
  readonly log: InvalidationLog;

  constructor(driver: UnstorageDriver) {
    const shared = sharedBy.get(driver) ?? { turns: new Turns(), log: new InvalidationLog() };
    sharedBy.set(driver, shared);
    this.driver = driver;
    this.turns = shared.turns;
    this.log = shared.log;
  }

  async get(name: string): Promise<StoredRecord | undefined> {
    const item = await getBytes(this.driver, name);
    if (!item) return undefined;
    const end = item.indexOf(lineEnd);
    return { etag: decoder.decode(item.subarray(0, Math.max(end, 0))), bytes: item.slice(end + 1) };
  }

  async set(name: string, bytes: Uint8Array, metadata: ResultRecordMetadata, given?: string): Promise<string> {
    const etag = given !== undefined && plainEtag.test(given) ? given : randomId();
    const lead = encoder.encode(`${etag}\n`);
    const item = new Uint8Array(lead.length + bytes.length);
    item.set(lead);
    item.set(bytes, lead.length);
    await setBytes(this.driver, name, item, ttlOf(metadata));
    return etag;
  }

  async remove(name: string): Promise<boolean> {
    return removeItem(this.driver, name);
  }

  /** The names of all records. `pending`: also of those that are being written. */
  async names({ pending = false } = {}): Promise<ItemName[]> {
    const items = [...(await getKeys(this.driver)), ...(pending ? this.turns.names : [])];
    const parsed = items.flatMap((item) => parseItemName(item) ?? []);
    return [...new Map(parsed.map((item) => [item.name, item])).values()];
  }

  /** The records among `names` whose heads can be read. */
  async load(names: readonly ItemName[]): Promise<ListedRecord[]> {
    const found = await mapConcurrently(names, concurrentItems, async ({ name, key }) => {
      const stored = await this.turns.take(name, () => this.get(name));
      const metadata = stored && tryHead(stored.bytes, key);
      // under a hash there may be a record that somebody moved
      if (!metadata || (key === undefined && (await toItemName(metadata.storageKey)) !== name)) return undefined;
      return { name, etag: stored.etag, metadata, length: stored.bytes.length };
    });
    return found.filter((record) => record !== undefined);
  }

  /** Runs `work` for each item, when it is the item's turn. */
  async forEach<Item extends { readonly name: string }>(
    items: readonly Item[],
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    await mapConcurrently(items, concurrentItems, (item) => this.turns.take(item.name, () => work(item)));
  }
}

/** A driver with lifetimes drops a record once it can't be served stale either. */
function ttlOf({ expiration, staleFor = 0 }: ResultRecordMetadata): { ttl?: number } {
  const left = expiration ? Math.ceil((expiration.getTime() + staleFor - Date.now()) / 1_000) : Infinity;
  return left <= maxTtl ? { ttl: left > 0 ? left : lastTtl } : {};
}
