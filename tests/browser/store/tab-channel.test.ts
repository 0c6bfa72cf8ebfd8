import { afterEach, expect, test, vi } from "vitest";
import type { ChangeKind, InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import { TabChannel } from "../../../src/browser/store/tab-channel.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

const channels: { close(): void }[] = [];
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
  vi.unstubAllGlobals();
});

function open<T extends { close(): void }>(channel: T): T {
  channels.push(channel);
  return channel;
}

/** What a tab hears from now on: kinds and targets. */
function listen(channel: TabChannel) {
  const heard: [ChangeKind, InvalidationTarget][] = [];
  channel.onChange((kind, target) => heard.push([kind, target]));
  return heard;
}

function openTwo() {
  const name = freshName();
  return [open(new TabChannel(name)), open(new TabChannel(name))] as const;
}

test("others hear of what kind a change was and which records it covers, and the one that posts doesn't", async () => {
  const [one, other] = openTwo();
  const [atOne, atOther] = [listen(one), listen(other)];
  const changes: [ChangeKind, InvalidationTarget][] = [
    ["kept", { keys: ["a"] }],
    ["written", { keys: ["a"] }],
    ["invalidated", { keys: ["a"] }],
    ["invalidated", { prefix: "maps/" }],
    ["invalidated", { tags: ["maps", "oslo"] }],
    ["invalidated", "all"],
  ];
  for (const [kind, target] of changes) {
    one.post(kind, target);
    await vi.waitFor(() => expect(atOther.at(-1)).toEqual([kind, target]));
  }
  other.post("kept", { keys: ["b"] });
  await vi.waitFor(() => expect(atOne).toEqual([["kept", { keys: ["b"] }]]));
  expect(atOther).toEqual(changes);
});

test("lists of keys or tags with gaps are no changes", async () => {
  const name = freshName();
  const heard = listen(open(new TabChannel(name)));
  const other = open(new BroadcastChannel(`reprise/${name}`));
  for (const target of [{ keys: Array(3) }, { tags: Array(3) }, "all"]) {
    other.postMessage({ type: "reprise/change", kind: "kept", target });
  }
  await vi.waitFor(() => expect(heard).toEqual([["kept", "all"]]));
});

test("changes of keys in a row, of one kind, are one message, each key once", async () => {
  const [one, other] = openTwo();
  const heard = listen(other);
  one.post("written", { keys: ["a", "b"] });
  one.post("written", { keys: ["b", "c"] });
  await vi.waitFor(() => expect(heard).toEqual([["written", { keys: ["a", "b", "c"] }]]));
});

test("changes of different kinds or targets arrive one by one, in their order", async () => {
  const [one, other] = openTwo();
  const heard = listen(other);
  const changes: [ChangeKind, InvalidationTarget][] = [
    ["kept", { keys: ["a"] }],
    ["written", { keys: ["a"] }],
    ["invalidated", "all"],
    ["invalidated", { prefix: "a" }],
    ["invalidated", { keys: ["a"] }],
    ["kept", { keys: ["a"] }],
  ];
  for (const change of changes) one.post(...change);
  await vi.waitFor(() => expect(heard).toEqual(changes));
});

test("what is posted around a close is sent, since a store can be written to after it; nothing is heard any more", async () => {
  const name = freshName();
  const [one, other, third] = [open(new TabChannel(name)), open(new TabChannel(name)), open(new TabChannel(name))];
  const heard = listen(other);
  const changes = ["a", "b", "last"].map((key): [ChangeKind, InvalidationTarget] => ["written", { keys: [key] }]);
  one.post(...changes[0]!);
  one.close();
  const unheard = listen(one);
  one.post(...changes[1]!);
  expect([one.isOpen, other.isOpen]).toEqual([false, true]);
  await vi.waitFor(() => expect(heard).toEqual(changes.slice(0, 2)));
  third.post(...changes[2]!);
  await vi.waitFor(() => expect(heard).toEqual(changes));
  expect(unheard).toEqual([]);
});

test("messages that aren't ours are ignored", async () => {
  const name = freshName();
  const other = open(new TabChannel(name));
  const heard = listen(other);
  const raw = open(new BroadcastChannel(`reprise/${name}`));
  const [type, kind] = ["reprise/change", "kept"];
  for (const message of [
    null,
    1,
    "a",
    [],
    {},
    { kind, target: { keys: ["a"] } },
    { type: "other", kind, target: { keys: ["a"] } },
    { type, kind, target: { keys: "a" } },
    { type, kind, target: { keys: [1] } },
    { type, kind, target: { prefix: "" } },
    { type, kind, target: { tags: [] } },
    { type, kind, target: { tags: ["a"], keys: ["a"] } },
    { type, kind, target: "some" },
    { type, kind: "other", target: "all" },
    { type, target: "all" },
  ]) {
    raw.postMessage(message);
  }
  raw.postMessage({ type, kind, target: { keys: ["ours"] } });
  await vi.waitFor(() => expect(heard).toEqual([[kind, { keys: ["ours"] }]]));
});

test("names are worlds of their own", async () => {
  const name = freshName();
  const [one, other, elsewhere] = [
    open(new TabChannel(name)),
    open(new TabChannel(name)),
    open(new TabChannel(freshName())),
  ];
  const [heard, heardElsewhere] = [listen(other), listen(elsewhere)];
  one.post("invalidated", "all");
  await vi.waitFor(() => expect(heard).toEqual([["invalidated", "all"]]));
  expect(heardElsewhere).toEqual([]);
});

test("a listener that was ended hears nothing more", async () => {
  const [one, other] = openTwo();
  const ended: ChangeKind[] = [];
  other.onChange((kind) => ended.push(kind))();
  const heard = listen(other);
  one.post("written", { keys: ["a"] });
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  expect(ended).toEqual([]);
});

test("a page that comes back from the back/forward cache hears that all may have been invalidated", () => {
  const heard = listen(open(new TabChannel(freshName())));
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
  expect(heard).toEqual([]);
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(heard).toEqual([["invalidated", "all"]]);
});

test("where there is no BroadcastChannel it does nothing, and does it quietly", async () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  const channel = open(new TabChannel(freshName()));
  const heard = listen(channel);
  for (const target of [{ keys: ["a"] }, "all"] as const) channel.post("written", target);
  await Promise.resolve();
  channel.close();
  expect(heard).toEqual([]);
});
