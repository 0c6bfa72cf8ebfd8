import { mapKey, namesMap, readUrl, writeUrl } from "./density/settings.ts";
import { EdgeState } from "./edge/edge-state.ts";
import { preload } from "./edge/preload.ts";
import { MapPanel } from "./map/map-panel.ts";
import { showLinks, showSample } from "./panels/code-sample.ts";
import { Comparison } from "./panels/comparison.ts";
import { Controls } from "./panels/controls.ts";
import { showGlossary } from "./panels/glossary.ts";
import { inspectStore, showInspector } from "./panels/inspector.ts";
import { RequestLog } from "./panels/request-log.ts";
import { StatusLine } from "./panels/status-line.ts";
import { TimingPlot } from "./panels/timing-plot.ts";
import { densityMap, invalidateMaps, isKept, onMapsInvalidated } from "./store/density-maps.ts";
import { AnswerHistory } from "./store/history.ts";
import { type MapRequest, openStates, Requests } from "./store/requests.ts";
import { onStoreEvent, storeFor } from "./store/stores.ts";
import { byId } from "./support/dom.ts";
import { formatError } from "./support/format.ts";

const log = new RequestLog();
const plot = new TimingPlot(byId("timings", SVGSVGElement));
const status = new StatusLine();
const map = new MapPanel();
const edgeState = new EdgeState();
const answers = new AnswerHistory(() => showHistory());
const comparison = new Comparison(answers);
const controls = new Controls(
  () => {
    history.pushState(undefined, "", writeUrl(controls.options));
    void show();
  },
  () => {
    const { edge } = controls.options;
    history.replaceState(undefined, "", writeUrl({ ...readUrl(location.search), edge }));
    followSwitch();
  },
);

let latest: MapRequest | undefined;
let expected: MapRequest | undefined;
let stopFollowing: (() => void) | undefined;
const requests = new Requests(
  (request) => {
    log.show(request);
    // what else is read must not slow down the look for the map
    if (request.state !== "asked") follow();
    if (latest && request.id < latest.id) return;
    latest = request;
    expectMap(request);
    status.show(request);
    comparison.show(request.key, request);
    showSample(request);
    byId("changed", HTMLButtonElement).disabled = false;
  },
  (answer) => answers.add(answer),
);

onStoreEvent((event) => {
  requests.observe(event);
  edgeState.observe(event);
  // the new map is ready, so the stale one steps back
  if (event.type === "write" && latest?.isStale && latest.key === event.key) void show();
  status.observe(event);
  // the times go too, so that the page begins anew
  if (event.type === "clear") answers.clear();
});

/** Asks for the map that the controls say, and draws it unless another one was asked for meanwhile. */
async function show(followsChange = false): Promise<void> {
  const { options } = controls;
  const controller = new AbortController();
  const request = requests.begin(options, followsChange, () => controller.abort());
  try {
    const answer = await densityMap(options, controller.signal, requests.listener(request));
    requests.answered(request, answer);
    if (request === latest) draw(map.show(answer.map, options.settings));
  } catch (error) {
    const { aborted } = controller.signal;
    requests.failed(request, error, aborted);
    if (request === latest) map.fail(options.settings, aborted);
  }
  void preload(() => edgeState.refresh());
}

/** Draws the land, once it is clear that the map takes a while. */
function expectMap(request: MapRequest): void {
  if (expected === request || request.state === "asked" || !openStates.includes(request.state)) return;
  expected = request;
  draw(map.expect(request.settings));
}

/** The maps are outdated in every tab. Each tab that shows one asks again. */
async function dataChanged(): Promise<void> {
  try {
    await invalidateMaps(controls.options);
    status.warn("invalidation", "");
  } catch (error) {
    status.warn("invalidation", `The page could not invalidate the maps. ${formatError(error)}`);
  }
}

function draw(drawing: Promise<void>): void {
  drawing.then(
    () => status.warn("map", ""),
    (error: unknown) => status.warn("map", `The page can’t draw the map. ${formatError(error)}`),
  );
}

/** A map that the address names, or that is kept, is shown at once. Otherwise the visitor presses the button first. */
async function showUrl(): Promise<void> {
  controls.show(readUrl(location.search));
  const { options } = controls;
  edgeState.switch(options.edge);
  inspectStore(storeFor(options));
  if (namesMap(location.search)) return show();
  draw(map.expect(options.settings));
  if (await isKept(options)) return show();
  follow();
  showHistory();
}

function followSwitch(): void {
  edgeState.switch(controls.options.edge);
  inspectStore(storeFor(controls.options));
  stopFollowing?.();
  stopFollowing = undefined;
  follow();
}

/** Listens to the store that the page uses now, and shows what is in it. */
function follow(): void {
  stopFollowing ??= onMapsInvalidated(controls.options, () => void (latest && show(true)));
  // a store that can't be listed has no records to show
  showInspector(storeFor(controls.options), latest !== undefined).catch(() => {});
}

function showHistory(): void {
  const { settings, space } = controls.options;
  plot.show(answers.past.answers);
  comparison.show(latest?.key ?? mapKey(settings, space), latest);
}

addEventListener("popstate", () => void showUrl());
byId("stop", HTMLButtonElement).addEventListener("click", () => latest?.stop());
byId("changed", HTMLButtonElement).addEventListener("click", () => void dataChanged());
byId("reload", HTMLButtonElement).addEventListener("click", () => location.reload());
byId("second-tab", HTMLButtonElement).addEventListener("click", () =>
  open(writeUrl(controls.options), "_blank", "noopener"),
);
showGlossary(byId("glossary", HTMLElement));
showLinks();
showSample();
void showUrl();
byId("compute", HTMLButtonElement).disabled = false;

// for the console: `await reprise.store.list()`
Object.assign(globalThis, {
  reprise: {
    get store() {
      return storeFor(controls.options);
    },
  },
});
