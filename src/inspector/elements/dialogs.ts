import { button, element } from "./dom.ts";

/** Shows a modal dialog over the page until it is closed. Escape closes it, and the focus returns to its opener. */
export function openDialog(place: HTMLElement, title: string, content: readonly Node[]): HTMLDialogElement {
  const dialog = element("dialog", { "aria-labelledby": "dialog-title" });
  dialog.append(element("p", { id: "dialog-title", class: "title" }, title), ...content);
  dialog.addEventListener("close", () => dialog.remove());
  // Escape closes the dialog alone, not the inspector around it
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
  place.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks before something that can't be undone. Resolves to whether the user agrees. */
export function confirmIn(place: HTMLElement, question: string, verb: string): Promise<boolean> {
  return new Promise((resolve) => {
    let agrees = false;
    const agree = button(verb, () => {
      agrees = true;
      dialog.close();
    });
    const cancel = button("Cancel", () => dialog.close(), { class: "quiet" });
    const dialog = openDialog(place, question, [element("div", { class: "buttons" }, agree, cancel)]);
    dialog.addEventListener("close", () => resolve(agrees));
    cancel.focus();
  });
}
