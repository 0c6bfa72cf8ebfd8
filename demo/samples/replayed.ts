import { createResultStore } from "reprise";
import { computeMap } from "./compute-map.ts";

const store = createResultStore({ name: "maps" });

// the same call as the first time: the record is there, so computeMap doesn't run
const map = await store.getOrCompute("density/zipcodes/50km", () => computeMap("zipcodes", 50));

console.log(map.count, "points");
