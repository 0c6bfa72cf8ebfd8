import { button, element } from "../elements/dom.ts";

export interface ToolbarOptions {
  /** Whether the store has records elsewhere too. */
  readonly isShared: boolean;
  readonly onFilter: (prefix: string) => void;
  readonly onScope: (scope: "local" | undefined) => void;
  readonly onRefresh: () => void;
  readonly onImport: (file: File) => void;
  /** The other actions, by their names. */
  readonly actions: Readonly<Record<string, () => void>>;
}

const quiet = { class: "quiet" };

/** The filter, and the actions on all records that match it. */
export function createToolbar({ isShared, actions, ...on }: ToolbarOptions): HTMLElement {
  const filter = element("input", { type: "search", id: "filter", autocomplete: "off", spellcheck: "false" });
  filter.addEventListener("input", () => on.onFilter(filter.value));
  const first = element("div", { class: "bar" }, labelled("Keys that begin with", filter));
  if (isShared) first.append(scopeControl(on.onScope));
  first.append(button("Refresh", on.onRefresh, quiet));
  const group = element("div", { class: "bar", role: "group", "aria-label": "Actions on all records that match" });
  for (const [name, act] of Object.entries(actions)) group.append(button(name, act, quiet));
  group.append(...importControls(on.onImport));
  return element("div", {}, first, group);
}

function scopeControl(onScope: ToolbarOptions["onScope"]): HTMLElement {
  const select = element(
    "select",
    { id: "scope" },
    element("option", { value: "local" }, "this browser"),
    element("option", { value: "" }, "everywhere"),
  );
  select.addEventListener("change", () => onScope(select.value === "local" ? "local" : undefined));
  return labelled("Records of", select);
}

/** A field with its label, on one line. */
function labelled(text: string, field: HTMLElement): HTMLElement {
  return element("span", { class: "labelled" }, element("label", { for: field.id }, text), field);
}

/** A button, because the field for files can't be labelled in the page's language and style. */
function importControls(onImport: ToolbarOptions["onImport"]): HTMLElement[] {
  const field = element("input", { type: "file", accept: ".tar", hidden: "", "aria-label": "File to import" });
  field.addEventListener("change", () => {
    const [file] = field.files ?? [];
    field.value = "";
    if (file) onImport(file);
  });
  return [button("Import…", () => field.click(), quiet), field];
}
