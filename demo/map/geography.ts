import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";

export interface Geography {
  readonly land: GeoJSON.GeoJSON;
  readonly borders: GeoJSON.GeoJSON[];
}

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;
type States = Topology<{ states: GeometryCollection }>;

/** Reads the texts of an atlas, and of states where they are given. */
export function parseGeography([atlasText = "", statesText]: readonly string[]): Geography {
  const atlas = JSON.parse(atlasText) as Atlas;
  const countries = mesh(atlas, atlas.objects.countries, (a, b) => a !== b);
  return {
    land: feature(atlas, atlas.objects.land),
    borders: statesText === undefined ? [countries] : [countries, parseStates(statesText)],
  };
}

function parseStates(text: string): GeoJSON.GeoJSON {
  const states = JSON.parse(text) as States;
  return mesh(states, states.objects.states, (a, b) => a !== b);
}
