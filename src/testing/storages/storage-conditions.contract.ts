import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { isRepriseError } from "../../errors/index.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import {
  expectRecord,
  grantWith,
  mustRead,
  put,
  sample,
  type SampleOptions,
  type StoragePlay,
} from "./storage-scene.ts";

const racers = 20;

/** Writes with conditions. */
const conditions: Record<string, StoragePlay> = {
  async "ifNoneMatch creates where there is nothing, and only there"({ one, other }) {
    const first = await put(one, "key", { ifNoneMatch: "*" });
    await assertRejects(put(other, "key", { ifNoneMatch: "*" }), "PRECONDITION_FAILED");
    await expectRecord(one, "key", first);
    await one.delete("key");
    await put(one, "key", { ifNoneMatch: "*" });
  },
  async "ifMatch writes over the record with that etag, and over no other"({ one, other }) {
    const first = await put(one, "key");
    const second = await put(other, "key", { ifMatch: first.etag });
    await assertRejects(put(one, "key", { ifMatch: first.etag }), "PRECONDITION_FAILED");
    await expectRecord(one, "key", second);
  },
  async "ifMatch does not hold where there is no record"({ one }) {
    const { etag } = await put(one, "key");
    await one.delete("key");
    await assertRejects(put(one, "key", { ifMatch: etag }), "PRECONDITION_FAILED");
    assertEqual(await one.read("key"), undefined);
  },
  async "of 20 that create at once, one wins, and its record is there"({ one, other }) {
    await expectOneWinner([one, other], { ifNoneMatch: "*" });
  },
  async "of 20 that replace the same record at once, one wins, and its record is there"({ one, other }) {
    const { etag } = await put(one, "key");
    await expectOneWinner([one, other], { ifMatch: etag });
  },
  async "a condition that fails does not touch what is written beside it"({ one }) {
    await put(one, "taken");
    const outcomes = await Promise.allSettled([put(one, "a"), put(one, "taken", { ifNoneMatch: "*" }), put(one, "b")]);
    assertEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    await mustRead(one, "a");
    await mustRead(one, "b");
  },
};

/** Writes under a lock whose lease is kept outside the storage. */
const grants: Record<string, StoragePlay> = {
  async "a late writer is refused once the next one has written, and nothing of it is kept"({ one, other }) {
    await put(one, "key", { grant: grantWith("key", 5) });
    const next = await put(one, "key", { grant: grantWith("key", 6) });
    const error = await assertRejects(put(other, "key", { grant: grantWith("key", 5) }), "STALE_LOCK");
    assertEqual(error.key, "key");
    await expectRecord(one, "key", next);
  },
  async "a late writer is refused though its etag is the right one"({ one }) {
    const next = await put(one, "key", { grant: grantWith("key", 6) });
    await assertRejects(put(one, "key", { grant: grantWith("key", 5), ifMatch: next.etag }), "STALE_LOCK");
    await expectRecord(one, "key", next);
  },
  async "the same grant writes as often as it likes"({ one }) {
    const grant = grantWith("key", 5);
    await put(one, "key", { grant });
    const second = await put(one, "key", { grant });
    await expectRecord(one, "key", second);
  },
  async "of two grants that write at once, the later one's record stays"({ one, other }) {
    const [late, next] = await Promise.allSettled([
      put(one, "key", { grant: grantWith("key", 5) }),
      put(other, "key", { grant: grantWith("key", 6) }),
    ]);
    assert(next.status === "fulfilled", "the later grant was refused");
    assert(late.status === "fulfilled" || isRepriseError(late.reason), "the earlier grant failed for another reason");
    assertEqual((await mustRead(one, "key")).etag, next.value.etag);
  },
};

/** After a takeover, before the new holder has written anything. */
const fences: Record<string, StoragePlay> = {
  async "after a fence no earlier holder's write is accepted, whatever it found"({ one, other }) {
    if (!one.fence) return;
    const early = grantWith("key", 5);
    const { etag: found } = await put(one, "key", { grant: early });
    await one.fence("key", grantWith("key", 6));
    for (const condition of [{}, { found }, { found: null }]) {
      await assertRejects(put(other, "key", { grant: early, ...condition }), "STALE_LOCK");
    }
  },
  async "a fence where there is no record refuses earlier holders too, and reads as nothing"({ one, other }) {
    if (!one.fence) return;
    await one.fence("key", grantWith("key", 6));
    assertEqual([await other.read("key"), await one.head?.("key")], [undefined, undefined]);
    assertEqual(await one.list?.(), one.list && { records: [] });
    for (const found of [undefined, null]) {
      await assertRejects(put(other, "key", { grant: grantWith("key", 5), found }), "STALE_LOCK");
    }
    assertEqual(await one.delete("key"), false);
    const next = await put(one, "key", { grant: grantWith("key", 6), ifNoneMatch: "*" });
    await expectRecord(one, "key", next);
  },
  async "a fence changes nothing of what is read, and leaves bytes that are no record as they are"({ one, other }) {
    if (!one.fence) return;
    const { metadata } = sample("key");
    const bytes = new TextEncoder().encode("no record at all");
    await one.write("key", bytes, { metadata });
    await one.fence("key", grantWith("key", 6));
    await one.fence("key", grantWith("key", 6));
    await expectRecord(other, "key", { bytes });
  },
  async "an earlier holder can't fence"({ one }) {
    if (!one.fence) return;
    await put(one, "key", { grant: grantWith("key", 6) });
    await assertRejects(one.fence("key", grantWith("key", 5)), "STALE_LOCK");
  },
  async "a late writer is refused after the record was deleted"({ one, other }) {
    if (!one.fence) return;
    await put(one, "key", { grant: grantWith("key", 6) });
    await one.delete("key");
    await assertRejects(put(other, "key", { grant: grantWith("key", 5), found: null }), "STALE_LOCK");
    assertEqual(await one.read("key"), undefined);
  },
  async "what was found is no condition: where it no longer holds, the write looks"({ one, other }) {
    const grant = grantWith("key", 6);
    const { etag: found } = await put(one, "key", { grant });
    await put(other, "key");
    const written = await put(one, "key", { grant, found });
    await expectRecord(other, "key", written);
    await expectRecord(other, "key", await put(one, "key", { grant, found: null }));
  },
};

export const storageConditions: Record<string, StoragePlay> = whereConditional({ ...conditions, ...grants, ...fences });

/** Skips the cases for storages without conditional writes. */
function whereConditional(plays: Record<string, StoragePlay>): Record<string, StoragePlay> {
  const guarded =
    (play: StoragePlay): StoragePlay =>
    async (scene) => {
      if (scene.one.capabilities.conditionalWrites) await play(scene);
    };
  return Object.fromEntries(Object.entries(plays).map(([name, play]) => [name, guarded(play)]));
}

async function expectOneWinner(storages: readonly ResultStorage[], condition: SampleOptions): Promise<void> {
  const attempts = Array.from({ length: racers }, (_, index) =>
    put(storages[index % storages.length]!, "key", condition),
  );
  const outcomes = await Promise.allSettled(attempts);
  const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const losers = attempts.filter((_, index) => outcomes[index]?.status === "rejected");
  assertEqual(winners.length, 1, "winners");
  for (const loser of losers) await assertRejects(loser, "PRECONDITION_FAILED");
  await expectRecord(storages[0]!, "key", winners[0]!);
}
