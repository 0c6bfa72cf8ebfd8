/** `GET`: 204 where the API answers this page. Whatever else answers is no edge: static servers know no such path. */
export const edgePath = "/demo/edge";

/** `POST`: computes a map, or waits for whoever is computing it, and answers with an `EdgeMapJson`. */
export const edgeMapsPath = "/demo/maps";

export interface EdgeMapJson {
  readonly key: string;
  /** Whether this request computed it: else it was there, or another caller was at it. */
  readonly computed: boolean;
}
