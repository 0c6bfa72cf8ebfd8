export { ResultLock } from "./result-lock.ts";

export default { fetch: () => new Response(null, { status: 404 }) };
