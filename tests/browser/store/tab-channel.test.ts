import { afterEach, expect, test, vi } from "vitest";
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

/** What a tab hears from now on. */
function listen(channel: TabChannel) {
  const heard: unknown[] = [];
  channel.onChange((_, target) => heard.push(target === "all" || !("keys" in target) ? target : target.keys));
  return heard;
}

test("others hear which keys changed, and the one that posts doesn't", async () => {
  const name = freshName();
  const [one, other] = [open(new TabChannel(name)), open(new TabChannel(name))];
  const [atOne, atOther] = [listen(one), listen(other)];
  one.post("written", { keys: ["a"] });
  await vi.waitFor(() => expect(atOther).toEqual([["a"]]));
  other.post("written", { keys: ["b"] });
  await vi.waitFor(() => expect(atOne).toEqual([["b"]]));
  expect(atOther).toEqual([["a"]]);
});

test("what is posted at once is one message, each key once", async () => {
  const name = freshName();
  const [one, other] = [open(new TabChannel(name)), open(new TabChannel(name))];
  const heard = listen(other);
  one.post("written", { keys: ["a", "b"] });
  one.post("written", { keys: ["b", "c"] });
  await vi.waitFor(() => expect(heard).toEqual([["a", "b", "c"]]));
});

test("changes of several kinds arrive in their order", async () => {
  const name = freshName();
  const [one, other] = [open(new TabChannel(name)), open(new TabChannel(name))];
  const heard = listen(other);
  one.post("written", { keys: ["a"] });
  one.post("invalidated", "all");
  one.post("written", { keys: ["b"] });
  await vi.waitFor(() => expect(heard).toEqual([["a"], "all", ["b"]]));
});

test("what is posted around a close is sent, since a store can be written to after it; nothing is heard any more", async () => {
  const name = freshName();
  const [one, other, third] = [open(new TabChannel(name)), open(new TabChannel(name)), open(new TabChannel(name))];
  const heard = listen(other);
  one.post("written", { keys: ["a"] });
  one.close();
  const unheard = listen(one);
  one.post("written", { keys: ["b"] });
  expect([one.isOpen, other.isOpen]).toEqual([false, true]);
  await vi.waitFor(() => expect(heard).toEqual([["a"], ["b"]]));
  third.post("written", { keys: ["last"] });
  await vi.waitFor(() => expect(heard).toEqual([["a"], ["b"], ["last"]]));
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
    { type, kind: "other", target: "all" },
    { type, target: "all" },
  ]) {
    raw.postMessage(message);
  }
  raw.postMessage({ type, kind, target: { keys: ["ours"] } });
  await vi.waitFor(() => expect(heard).toEqual([["ours"]]));
});

test("names are worlds of their own", async () => {
  const name = freshName();
  const [one, other, elsewhere] = [
    open(new TabChannel(name)),
    open(new TabChannel(name)),
    open(new TabChannel(freshName())),
  ];
  const [heard, heardElsewhere] = [listen(other), listen(elsewhere)];
  one.post("written", { keys: ["a"] });
  await vi.waitFor(() => expect(heard).toEqual([["a"]]));
  expect(heardElsewhere).toEqual([]);
});

test("a listener that was ended hears nothing more", async () => {
  const name = freshName();
  const [one, other] = [open(new TabChannel(name)), open(new TabChannel(name))];
  const ended: unknown[] = [];
  other.onChange((kind) => ended.push(kind))();
  const heard = listen(other);
  one.post("written", { keys: ["a"] });
  await vi.waitFor(() => expect(heard).toEqual([["a"]]));
  expect(ended).toEqual([]);
});

test("a page that comes back from the back/forward cache hears that all may have changed", () => {
  const heard = listen(open(new TabChannel(freshName())));
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
  expect(heard).toEqual([]);
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  expect(heard).toEqual(["all"]);
});

test("where there is no BroadcastChannel it does nothing, and does it quietly", async () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  const channel = open(new TabChannel(freshName()));
  const heard = listen(channel);
  channel.post("written", { keys: ["a"] });
  await Promise.resolve();
  channel.close();
  expect(heard).toEqual([]);
});
