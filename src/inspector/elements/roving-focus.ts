const steps: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowDown: (index, last) => Math.min(index + 1, last),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

/** One of many controls is in the tab order, so that Tab leaves a long list at once. Arrow keys, Home and End go through it. */
export class RovingFocus {
  readonly #controls: () => readonly HTMLElement[];

  constructor(container: HTMLElement, controls: () => readonly HTMLElement[]) {
    this.#controls = controls;
    container.addEventListener("keydown", (event) => this.#move(event));
    container.addEventListener("focusin", ({ target }) => this.#mark(target as HTMLElement));
  }

  /** After the controls have changed. */
  update(): void {
    const controls = this.#controls();
    const current = controls.find(({ tabIndex }) => tabIndex === 0) ?? controls[0];
    if (current) this.#mark(current);
  }

  #mark(current: HTMLElement): void {
    const controls = this.#controls();
    if (controls.includes(current)) for (const control of controls) control.tabIndex = control === current ? 0 : -1;
  }

  #move(event: KeyboardEvent): void {
    const controls = this.#controls();
    const index = controls.indexOf(event.target as HTMLElement);
    const step = steps[event.key];
    if (!step || index < 0) return;
    event.preventDefault();
    controls[step(index, controls.length - 1)]!.focus();
  }
}
