import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { outcomeMediaType, type Problem, problemMediaType } from "../../../src/http/requests/protocol.ts";
import { schemas } from "../../../workers/openapi/schemas.ts";
import { openApiDocument } from "../../../workers/openapi/openapi-document.ts";

/** As much of an OpenAPI document as is looked at. */
interface Documented {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>> & { parameters?: readonly Parameter[] }>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly headers?: Readonly<Record<string, { required: boolean; schema: object }>>;
  readonly content?: Content;
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: object;
}

type Content = Readonly<Record<string, { readonly schema?: object }>>;

export const methods: readonly string[] = ["get", "head", "put", "post", "delete"];

export const document = openApiDocument("https://results.example.com") as Documented;

/** What a request of any kind may be answered without a word in the document: what HTTP itself refuses. */
const undocumented: readonly number[] = [400, 401, 404, 405];

const ajv = new Ajv2020({
  strict: true,
  allErrors: true,
  formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "uri-reference": /^\S+$/ },
});
ajv.addSchema({ $id: "api", $defs: outside(schemas) });

/** The check of a schema that may refer to the document's components. */
export function compile(schema: object): ValidateFunction {
  return ajv.compile(outside(schema));
}

/** The same with references that hold outside of the document too. */
function outside(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas", "api#/$defs")) as object;
}

function assertValid(schema: object, value: unknown, what: string): void {
  const validate = compile(schema);
  if (!validate(value)) throw new Error(`${what} is not as documented: ${ajv.errorsText(validate.errors)}`);
}

/** Throws where an exchange is not as the document says: path, method, status, headers, type and shape of the body. */
export async function assertDocumented(request: Request, given: Response, checksRequest?: boolean): Promise<void> {
  const answer = isOutcome(given) ? await asProblem(request, given) : given;
  const { pathname, searchParams } = new URL(request.url);
  const what = `${request.method} ${pathname} -> ${answer.status}`;
  const operation = findOperation(request.method, pathname);
  const documented = operation?.responses[answer.status] ?? problemWithout(operation, answer, what);
  await assertBody(documented, answer, request.method === "HEAD", what);
  for (const [name, { required, schema }] of Object.entries(documented.headers ?? {})) {
    const value = answer.headers.get(name);
    if (value !== null) assertValid(schema, value, `${what}: ${name}`);
    else if (required) throw new Error(`${what}: without ${name}`);
  }
  if (!operation || !(checksRequest ?? answer.ok)) return;
  for (const [name, value] of searchParams) assertParameter(operation, "query", name, value, what);
  for (const [name, value] of request.headers) {
    if (/^(if-|reprise-)/.test(name)) assertParameter(operation, "header", name, value, what);
  }
  await assertRequestBody(operation, request, what);
}

export function isOutcome({ headers }: Response): boolean {
  return headers.get("content-type") === outcomeMediaType;
}

/** An outcome is documented as the problem that other clients get. `HEAD` has no body, and its one outcome is a miss. */
async function asProblem({ method }: Request, outcome: Response): Promise<Response> {
  const { status } = method === "HEAD" ? { status: 404 } : await outcome.clone().json<Problem>();
  const problem = new Response(await outcome.clone().text(), { status, headers: outcome.headers });
  problem.headers.set("content-type", problemMediaType);
  return problem;
}

function findOperation(method: string, pathname: string): Operation | undefined {
  const found = Object.entries(document.paths).find(([path]) => {
    return new RegExp(`^${path.replaceAll(".", "\\.").replace("{key}", "[^/]+")}$`).test(pathname);
  });
  const item = found?.[1];
  // what is said of GET holds for HEAD, unless HEAD is described too
  return (item?.[method.toLowerCase()] ?? (method === "HEAD" ? item?.["get"] : undefined)) as Operation | undefined;
}

function problemWithout(operation: Operation | undefined, answer: Response, what: string): Answer {
  if (operation || !undocumented.includes(answer.status)) throw new Error(`${what}: not in the document`);
  return { content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } };
}

async function assertBody({ content }: Answer, answer: Response, isHead: boolean, what: string): Promise<void> {
  const type = answer.headers.get("content-type")?.split(";")[0];
  if (type !== undefined && !content?.[type]) throw new Error(`${what}: the type ${type} is not documented`);
  if (type === undefined && content) throw new Error(`${what}: without a type`);
  if (isHead && (await answer.clone().arrayBuffer()).byteLength > 0) throw new Error(`${what}: with a body`);
  const schema = type === undefined ? undefined : content?.[type]?.schema;
  if (schema && !isHead) assertValid(schema, await answer.clone().json(), what);
}

function assertParameter(operation: Operation, place: string, name: string, value: string, what: string): void {
  const parameters = operation.parameters ?? [];
  const parameter = parameters.find((each) => each.in === place && each.name.toLowerCase() === name.toLowerCase());
  if (!parameter) throw new Error(`${what}: the document has no ${place} parameter ${name}`);
  const isNumber = ["integer", "number"].includes((parameter.schema as { type?: string }).type ?? "");
  assertValid(parameter.schema, isNumber ? Number(value) : value, `${what}: ${name}`);
}

async function assertRequestBody({ requestBody }: Operation, request: Request, what: string): Promise<void> {
  const type = request.headers.get("content-type")?.split(";")[0];
  if (!requestBody || type === undefined) return;
  const content = requestBody.content[type];
  if (!content) throw new Error(`${what}: a body of the type ${type} is not documented`);
  if (content.schema) assertValid(content.schema, await request.json(), `${what}: the request's body`);
}
