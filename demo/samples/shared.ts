import { createResultStore } from "reprise";
import { computeMap } from "./compute-map.ts";

const store = createResultStore({
  name: "maps",
  onEvent: (event) => event.type === "progress" && console.log(event.fraction), // in both tabs
});

const map = await store.getOrCompute("density/zipcodes/50km", ({ progress }) => computeMap("zipcodes", 50, progress));

console.log(map.count, "points");
