import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { eventItem } from "../activity/events-panel.ts";
import type { LoggedEvent } from "../activity/activity.ts";
import { openDialog } from "../elements/dialogs.ts";
import { button, element } from "../elements/dom.ts";
import { describeLifetime } from "../words/describe-lifetime.ts";
import { describeValue } from "../words/describe-value.ts";
import { formatBytes, formatError, formatFromNow } from "../words/format.ts";
import type { FoundRecord } from "./record-actions.ts";

export interface RecordDialogOptions {
  readonly place: HTMLElement;
  readonly key: string;
  readonly record: FoundRecord;
  /** The events of the key, the latest first. */
  readonly events: readonly LoggedEvent[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onExpire: () => void;
  readonly onDelete: () => void;
  readonly onChangeExpiration: (expiration: Date | undefined) => void;
}

/** Shows a record: its metadata, its result, its last events, and the actions on it. */
export function openRecord(options: RecordDialogOptions): void {
  const { place, key, record, events, now } = options;
  const { metadata, outcome } = record;
  const result =
    "error" in outcome ? `The result can’t be read here. ${formatError(outcome.error)}` : describeValue(outcome.value);
  const close = (action?: () => void) => () => {
    dialog.close();
    action?.();
  };
  const dialog = openDialog(place, key, [
    element("dl", {}, ...(metadata ? describeMetadata(metadata, now) : [])),
    expirationForm(metadata?.expiration, (expiration) => close(() => options.onChangeExpiration(expiration))()),
    element(
      "div",
      { class: "bar" },
      button("Expire now", close(options.onExpire), { class: "quiet" }),
      button("Delete", close(options.onDelete), { class: "quiet" }),
      button("Close", close()),
    ),
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

/** A form for a time in the zone of the page. An empty field stands for no expiration. */
function expirationForm(expiration: Date | undefined, onSave: (expiration: Date | undefined) => void): HTMLElement {
  const input = element("input", { type: "datetime-local", step: "1", id: "expiration" });
  if (expiration) input.value = toLocalText(expiration);
  const form = element(
    "form",
    { class: "bar" },
    element("label", { for: "expiration" }, "Expires at"),
    input,
    element("button", { class: "quiet" }, "Save the expiration"),
    element("span", { class: "hint" }, "Empty: never."),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSave(input.value === "" ? undefined : fromLocalText(input.value));
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
