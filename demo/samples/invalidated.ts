import { createResultStore, subscribe } from "reprise";
import { computeMap } from "./compute-map.ts";

const store = createResultStore({ name: "maps" });
const getMap = () => store.getOrCompute("density/zipcodes/50km", () => computeMap("zipcodes", 50));

// every tab asks again, and one of them computes
subscribe(store, { prefix: "density/" }, (change) => change.type === "invalidated" && void getMap());

await store.invalidate({ prefix: "density/" });
