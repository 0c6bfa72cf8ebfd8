import { button, element } from "../elements/dom.ts";

export interface ToolbarOptions {
  /** Whether the store has records elsewhere too. */
  readonly isShared: boolean;
  readonly onFilter: (prefix: string) => void;
  readonly onScope: (scope: "local" | undefined) => void;
  readonly onRefresh: () => void;
  readonly onSweep: () => void;
  readonly onExpire: () => void;
  readonly onDelete: () => void;
  readonly onExport: () => void;
  readonly onImport: (file: File) => void;
}

const quiet = { class: "quiet" };

/** The filter, and the actions on all records that match it. */
export function createToolbar(options: ToolbarOptions): HTMLElement {
  const filter = element("input", { type: "search", id: "filter", autocomplete: "off", spellcheck: "false" });
  filter.addEventListener("input", () => options.onFilter(filter.value));
  const first = element("div", { class: "bar" }, labelled("Keys that begin with", filter));
  if (options.isShared) first.append(scopeControl(options.onScope));
  first.append(button("Refresh", options.onRefresh, quiet));
  const actions = element("div", { class: "bar", role: "group", "aria-label": "Actions on all records that match" });
  actions.append(
    button("Expire matching", options.onExpire, quiet),
    button("Delete matching", options.onDelete, quiet),
    button("Export matching", options.onExport, quiet),
    ...importControls(options.onImport),
    button("Delete expired", options.onSweep, quiet),
  );
  return element("div", {}, first, actions);
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
