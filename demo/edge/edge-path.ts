/** `GET`: 204 where the API answers this page. Whatever else answers is no edge: static servers know no such path. */
export const edgePath = "/demo/edge";
