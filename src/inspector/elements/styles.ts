/** The style sheet of the shadow tree. Colours follow `color-scheme`, which the page sets, or the attribute `theme`. */
export const styles = `
:host {
  all: initial;
  display: block;
  color-scheme: inherit;
  container: inspector / inline-size;
}
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([docked]) { position: fixed; inset: auto 0 0 0; z-index: 2147483000; pointer-events: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }

.root {
  --back: light-dark(#ffffff, #151b20);
  --text: light-dark(#1c262c, #e6ebee);
  --muted: light-dark(#56636a, #a3b0b8);
  --line: light-dark(#d9dcd8, #313c44);
  --accent: light-dark(#0d5f78, #74d0c0);
  --on-accent: light-dark(#ffffff, #0a1a1a);
  --trouble: light-dark(#8a3d00, #f0b27a);
  overflow-wrap: anywhere;
  border: 1px solid var(--line);
  border-radius: 0.5rem;
  background: var(--back);
  color: var(--text);
  font: 14px/1.45 system-ui, sans-serif;
  pointer-events: auto;
}
:host([docked]) .root { display: flex; flex-direction: column; max-height: min(60vh, 40rem); border-radius: 0; }
:host([docked]) .root.closed { width: fit-content; margin: 0 0.5rem 0.5rem auto; border-radius: 0.5rem; }
:host([docked]) .body { min-height: 0; overflow: auto; }

.head, .bar, .buttons { display: flex; flex-wrap: wrap; gap: 0.4rem 0.6rem; align-items: center; }
.head { padding: 0.4rem 0.8rem; }
.root:not(.closed) .head { border-bottom: 1px solid var(--line); }
.closed .body, .closed .name + *, :host(:not([docked])) .toggle, :host([docked]) .name { display: none; }
.toggle::after { content: " ▾" / ""; }
.closed .toggle::after { content: " ▴" / ""; }
.name { margin-right: 0.4rem; font-weight: 650; }
.body, .panel { display: grid; gap: 0.7rem; }
.body { padding: 0.8rem; grid-template-columns: minmax(0, 1fr); }
.panel { grid-template-columns: minmax(0, 1fr); }
.bar + .bar { margin-top: 0.5rem; }
[role="status"]:empty { position: absolute; }
p, ul, ol, dl, dd, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
.title { font-weight: 650; }
.hint { color: var(--muted); font-size: 13px; }

button, input, select {
  min-height: 2rem;
  max-width: 100%;
  padding: 0.2rem 0.6rem;
  border: 1px solid var(--line);
  border-radius: 0.35rem;
  background: var(--back);
  color: var(--text);
  font: inherit;
}
button { border-color: transparent; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.quiet, [role="tab"] { border-color: var(--line); background: transparent; color: var(--text); }
[role="tablist"] { display: flex; gap: 0.3rem; }
[role="tab"][aria-selected="true"] { border-color: var(--accent); color: var(--accent); font-weight: 650; }
button:disabled { opacity: 0.5; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.labelled { display: inline-flex; gap: 0.6rem; align-items: center; max-width: 100%; white-space: nowrap; }
.labelled > :last-child { min-width: 4rem; }
label { color: var(--muted); }

.scroller { max-height: 26rem; overflow: auto; }
:host([docked]) .scroller { max-height: none; overflow: visible; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.25rem 0.8rem 0.25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td { padding-top: 0.4rem; font-variant-numeric: tabular-nums; }
thead th { position: sticky; top: 0; background: var(--back); color: var(--muted); font-size: 13px; font-weight: 400; vertical-align: middle; white-space: nowrap; }
tbody th { width: 40%; font-weight: 400; }
button.key, code, pre { font: 13px/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
button.key {
  min-height: 1.6rem;
  padding: 0;
  border: 0;
  background: none;
  color: var(--accent);
  text-align: left;
  text-decoration: underline;
  text-underline-offset: 0.2em;
  white-space: pre-wrap;
}
thead button { min-height: 1.6rem; padding: 0; background: none; color: inherit; }
thead button::after { content: " ↕" / ""; }
[aria-sort] button { color: var(--text); font-weight: 650; }
[aria-sort="ascending"] button::after { content: " ↑" / ""; }
[aria-sort="descending"] button::after { content: " ↓" / ""; }
[data-freshness="gone"] td { color: var(--muted); }
[data-freshness="stale"] [data-name="Freshness"] { color: var(--trouble); }

li { display: flex; flex-wrap: wrap; gap: 0 0.8rem; align-items: baseline; padding: 0.25rem 0; border-bottom: 1px solid var(--line); }
li code { max-width: 100%; white-space: pre-wrap; }
li progress { align-self: center; width: 9rem; accent-color: var(--accent); }
.events time { color: var(--muted); font-variant-numeric: tabular-nums; }
.events .type { min-width: 7.5rem; font-weight: 600; }
.events .words { flex: 1 1 16rem; min-width: 0; }
.trouble .type, .trouble .words { color: var(--trouble); }

dialog {
  width: min(46rem, calc(100vw - 1.5rem));
  max-height: calc(100vh - 2rem);
  padding: 1rem;
  border: 1px solid var(--line);
  border-radius: 0.6rem;
  background: var(--back);
  color: var(--text);
  overflow: auto;
}
dialog[open] { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.6rem; align-content: start; }
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog .buttons { justify-content: flex-end; }
dialog pre { max-height: 14rem; padding: 0.5rem; border: 1px solid var(--line); border-radius: 0.35rem; overflow: auto; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 0.1rem 0.8rem; }
dt { color: var(--muted); }

@container inspector (max-width: 40rem) {
  .body { padding: 0.6rem; }
  .scroller { max-height: none; }
  thead tr { display: flex; flex-wrap: wrap; gap: 0 0.8rem; border-bottom: 1px solid var(--line); }
  thead th { position: static; padding: 0; border: 0; }
  thead th:not(:has(button)) { display: none; }
  tbody tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0 0.8rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  tbody th, tbody td { width: auto; padding: 0; border: 0; }
  tbody th, [data-name="Freshness"], [data-name="Tags"], [data-name="Last answer"] { grid-column: 1 / -1; }
  td::before { content: attr(data-name) " "; color: var(--muted); font-size: 12px; }
  .bar[role="group"] { flex-wrap: nowrap; margin: 0 -3px; padding: 3px; overflow-x: auto; white-space: nowrap; }
  .bar[role="group"] button { flex: none; }
  nav .hint { flex: 1 1 8rem; }
  #filter { flex: 1 1 10rem; }
  button:not(.key) { min-height: 2.4rem; }
}
@media (max-width: 40rem) {
  dl { grid-template-columns: minmax(0, 1fr); }
  dd { margin-bottom: 0.3rem; }
}
`;
