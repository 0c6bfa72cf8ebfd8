import { createResultStore } from "reprise";
import { computeMap } from "./compute-map.ts";

const store = createResultStore({ name: "maps" });

const map = await store.getOrCompute("density/zipcodes/50km", () => computeMap("zipcodes", 50));

console.log(map.count, "points");
