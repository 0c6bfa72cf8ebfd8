import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { eventItem } from "../activity/events-panel.ts";
import type { LoggedEvent } from "../activity/activity.ts";
import { openDialog } from "../elements/dialogs.ts";
import { button, element } from "../elements/dom.ts";
import { describeLifetime } from "../words/describe-lifetime.ts";
import { describeValue } from "../words/describe-value.ts";
import { formatBytes, formatError, formatFromNow } from "../words/format.ts";
import { changeExpiration, deleteKey, expireKey, type FoundRecord, type Scope } from "./record-actions.ts";

const quiet = { class: "quiet" };

export interface RecordDialogOptions {
  readonly place: HTMLElement;
  readonly store: ResultStore;
  readonly key: string;
  readonly scope: Scope;
  readonly found: FoundRecord;
  /** The events of the key, the latest first. */
  readonly events: readonly LoggedEvent[];
  /** Carries out an action, and says its outcome. */
  readonly act: (action: () => Promise<string>) => void;
}

/** Shows a record: its metadata, its result, its last events, and the actions on it. Each action closes the dialog. */
export function openRecord({ place, store, key, scope, found, events, act }: RecordDialogOptions): void {
  const { metadata, outcome } = found;
  const record = "record" in outcome ? outcome.record : undefined;
  const end = (action: () => Promise<string>) => {
    dialog.close();
    act(action);
  };
  const change = (expiration?: Date) => record && end(() => changeExpiration(store, record, expiration));
  const buttons = [
    button("Close", () => dialog.close()),
    button("Expire now", () => end(() => expireKey(store, key, scope)), quiet),
    ...(record?.expiration ? [button("Never expire", () => change(), quiet)] : []),
    button("Delete", () => end(() => deleteKey(store, key, scope)), quiet),
  ];
  const result =
    "error" in outcome ? `The result can’t be read here. ${formatError(outcome.error)}` : describeValue(record?.result);
  const dialog = openDialog(place, key, [
    element("div", { class: "bar" }, ...buttons),
    ...(record ? [expirationForm(record.expiration, change)] : []),
    element("dl", {}, ...(metadata ? describeMetadata(metadata, store.now()) : [])),
    element("p", { class: "title" }, metadata?.isError ? "Error" : "Result"),
    element("pre", { tabindex: "0", role: "group", "aria-label": "Result" }, result),
    element("p", { class: "title", id: "record-events" }, "Last events"),
    events.length === 0
      ? element("p", { class: "hint" }, "None since the inspector is on the page.")
      : element("ol", { class: "events", "aria-labelledby": "record-events" }, ...events.slice(0, 12).map(toItem)),
  ]);
}

function toItem(logged: LoggedEvent): HTMLLIElement {
  return eventItem(logged, false);
}

function describeMetadata(metadata: ResultRecordMetadata, now: number): HTMLElement[] {
  const { createdAt, expiration, tags, size, serializer, libraryVersion, etag, token, storageId, staleFor, inputs } =
    metadata;
  const rows: readonly (readonly [name: string, text: string | undefined])[] = [
    ["Freshness", describeLifetime(metadata, now)],
    ["Created", `${createdAt.toISOString()}, ${formatFromNow(createdAt.getTime(), now)}`],
    ["Expires", expiration?.toISOString()],
    ["Stale until", expiration && staleFor ? staleUntil(expiration, staleFor) : undefined],
    ["Size", formatBytes(size)],
    ["Tags", tags?.join(", ")],
    ["Serializer", JSON.stringify(serializer)],
    ["Storage", storageId],
    ["Fencing token", token?.toString()],
    ["ETag", etag],
    ["Library", libraryVersion],
    ["Inputs", inputs && JSON.stringify(inputs)],
  ];
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [element("dt", {}, name), element("dd", {}, text)]));
}

function staleUntil(expiration: Date, staleFor: number): string {
  const end = new Date(expiration.getTime() + staleFor);
  return Number.isNaN(end.getTime()) ? "beyond the calendar" : end.toISOString();
}

/** A form for a time in the zone of the page. A field that was left as it was keeps the milliseconds, which it doesn't show. */
function expirationForm(expiration: Date | undefined, onSave: (expiration: Date | undefined) => void): HTMLElement {
  const input = element("input", { type: "datetime-local", step: "1", id: "expiration", required: "" });
  if (expiration) input.value = toLocalText(expiration);
  // the field writes a time in its own way
  const before = input.value;
  // steps of seconds are checked wrongly in years far away
  const form = element(
    "form",
    { class: "bar", novalidate: "" },
    element("label", { for: "expiration" }, "Expires at (local time)"),
    input,
    element("button", quiet, "Save the expiration"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // engines disagree on whether a half-filled field is empty, so an empty one doesn't stand for "never"
    if (input.value === "") input.reportValidity();
    else onSave(input.value === before ? expiration : fromLocalText(input.value));
  });
  return form;
}

/** The text of a `datetime-local` field. Empty for a time that the zone shifts beyond the calendar. */
function toLocalText(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return Number.isNaN(shifted.getTime())
    ? ""
    : shifted
        .toISOString()
        .replace(/(:\d\d)\.\d+Z$/, "$1")
        .replace(/^\+0*/, "");
}

/** Fields write a year after 9999 as it is, and dates with a sign and six digits. */
function fromLocalText(text: string): Date {
  return new Date(text.replace(/^\d{5,6}(?=-)/, (year) => `+${year.padStart(6, "0")}`));
}
