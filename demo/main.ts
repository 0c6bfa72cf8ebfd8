import { Controls } from "./panels/controls.ts";
import { densityMap, invalidateMaps } from "./store/density-maps.ts";
import { byId } from "./support/dom.ts";
import { EdgeState } from "./edge/edge-state.ts";
import { formatError } from "./support/format.ts";
import { showGlossary } from "./panels/glossary.ts";
import { Inspector } from "./panels/inspector.ts";
import { LocksPanel } from "./panels/locks-panel.ts";
import { MapPanel } from "./map/map-panel.ts";
import { preload } from "./edge/preload.ts";
import { RequestLog } from "./panels/request-log.ts";
import { type MapRequest, Requests } from "./store/requests.ts";
import { type PageOptions, readUrl, writeUrl } from "./density/settings.ts";
import { StatusLine } from "./panels/status-line.ts";
import { onStoreEvent, storeFor } from "./store/stores.ts";
import { TimingPlot } from "./panels/timing-plot.ts";

const log = new RequestLog(byId("requests", HTMLOListElement));
const plot = new TimingPlot(byId("timings", SVGSVGElement));
const status = new StatusLine();
const map = new MapPanel();
const edgeState = new EdgeState();
const locks = new LocksPanel(byId("locks", HTMLUListElement));
const controls = new Controls(
  () => {
    history.pushState(undefined, "", writeUrl(controls.options));
    void show(controls.options);
  },
  () => {
    history.replaceState(undefined, "", writeUrl({ ...readUrl(location.search), edge: controls.options.edge }));
    followSwitch();
  },
);
const inspector = new Inspector(() => controls.options);

let latest: MapRequest | undefined;
const requests = new Requests(
  (request) => {
    log.show(request);
    if (request === latest || request.id > (latest?.id ?? 0)) status.show((latest = request));
  },
  (source, duration) => plot.add(source, duration),
);

onStoreEvent((event) => {
  requests.observe(event);
  edgeState.observe(event);
  // the new map is ready, so the stale one steps back
  if (event.type === "write" && latest?.isStale && latest.key === event.key) void show(controls.options);
  if (event.type === "fallback") status.warn(event.from, `${fallbackText(event.from)} ${formatError(event.error)}`);
});

function fallbackText(from: string): string {
  return from === "web-locks"
    ? "This browser has no Web Locks: its tabs can’t wait for one another, so each computes for itself."
    : "This browser’s database, IndexedDB, can’t be used: maps are kept in memory, and are gone when this tab is closed or reloaded.";
}

/** Asks for a map and draws it, unless another one was asked for meanwhile. */
async function show(options: PageOptions): Promise<void> {
  const controller = new AbortController();
  const request = requests.begin(options, () => controller.abort());
  draw(map.expect(options.settings));
  try {
    const { value, isStale } = await densityMap(options, controller.signal, requests.listener(request));
    requests.answered(request, value, isStale);
    if (request === latest) draw(map.show(value, options.settings));
  } catch (error) {
    const { aborted } = controller.signal;
    requests.failed(request, error, aborted);
    if (request === latest) map.fail(options.settings, aborted);
  }
  void preload(() => edgeState.refresh());
}

/** What is shown may be outdated now, so it is asked for again. */
async function dataChanged(): Promise<void> {
  try {
    await invalidateMaps(controls.options);
    status.warn("invalidation", "");
    await show(controls.options);
  } catch (error) {
    status.warn("invalidation", `The maps could not be made outdated. ${formatError(error)}`);
  }
}

function draw(drawing: Promise<void>): void {
  drawing.then(
    () => status.warn("map", ""),
    (error: unknown) => status.warn("map", `The map can’t be drawn. ${formatError(error)}`),
  );
}

function showUrl(): void {
  controls.show(readUrl(location.search));
  followSwitch();
  void show(controls.options);
}

function followSwitch(): void {
  edgeState.switch(controls.options.edge);
  void inspector.refresh();
}

addEventListener("popstate", showUrl);
byId("stop", HTMLButtonElement).addEventListener("click", () => latest?.stop());
byId("changed", HTMLButtonElement).addEventListener("click", () => void dataChanged());
showGlossary(byId("glossary", HTMLElement));
showUrl();
void locks.refresh();

// for the console: `await reprise.store.list()`
Object.assign(globalThis, {
  reprise: {
    get store() {
      return storeFor(controls.options);
    },
  },
});
