import { createResultStore, remote } from "reprise";
import { computeMap } from "./compute-map.ts";

const store = createResultStore({
  name: "maps",
  remote: remote({ url: location.origin }), // the Worker that keeps maps for all browsers
});

const map = await store.getOrCompute("density/zipcodes/50km", () => computeMap("zipcodes", 50));

console.log(map.count, "points");
