/**
 * One of many controls is in the tab order, so that Tab leaves a long list at once. Two arrow keys, Home and End go through them.
 * Returns a function to call after the controls have changed.
 */
export function roveFocus(
  container: HTMLElement,
  controls: () => readonly HTMLElement[],
  [back, on]: readonly [back: string, on: string],
): () => void {
  const mark = (current: HTMLElement | undefined) => {
    const all = controls();
    if (current && all.includes(current)) for (const control of all) control.tabIndex = control === current ? 0 : -1;
  };
  container.addEventListener("focusin", ({ target }) => mark(target as HTMLElement));
  container.addEventListener("keydown", (event) => {
    const all = controls();
    const index = all.indexOf(event.target as HTMLElement);
    const next = new Map([
      [back, index - 1],
      [on, (index + 1) % all.length],
      ["Home", 0],
      ["End", -1],
    ]).get(event.key);
    if (index < 0 || next === undefined) return;
    event.preventDefault();
    all.at(next)!.focus();
  });
  return () => {
    const all = controls();
    mark(all.find(({ tabIndex }) => tabIndex === 0) ?? all[0]);
  };
}
