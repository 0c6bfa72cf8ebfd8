import { FailedError } from "../terminal/failures.ts";

/** A value that is set, or is added to an array, in a wrangler configuration. */
export interface ConfigPart {
  /** The names on the way to the array, or to the value itself. */
  readonly path: readonly string[];
  readonly value: string | Readonly<Record<string, string | readonly string[]>>;
  /** For people. */
  readonly description: string;
}

/** The used part of a wrangler configuration. */
export interface WranglerConfig {
  readonly name?: string;
  readonly main?: string;
  readonly compatibility_date?: string;
  readonly pages_build_output_dir?: string;
  readonly kv_namespaces?: readonly { readonly binding?: string }[];
  readonly r2_buckets?: readonly { readonly binding?: string }[];
  readonly durable_objects?: { readonly bindings?: readonly ObjectBinding[] };
  readonly migrations?: readonly Migration[];
  readonly env?: Readonly<Record<string, unknown>>;
}

interface ObjectBinding {
  readonly name?: string;
  readonly script_name?: string;
}

interface Migration {
  readonly tag?: string;
  readonly new_classes?: readonly string[];
  readonly new_sqlite_classes?: readonly string[];
}

/** A date whose runtime the tests of this version use. */
const compatibilityDate = "2026-11-01";
export const defaultMain = "src/index.ts";

/** The Durable Objects, by the names of their bindings. */
export const objectClasses: Readonly<Record<string, string>> = {
  RESULT_LOCKS: "ResultLock",
  RESULT_INVALIDATIONS: "ResultInvalidations",
};

/** The parts that a configuration lacks. `folderName` names a Worker without a name. Throws `FailedError` for a Pages project. */
export function missingParts(config: WranglerConfig, folderName: string): ConfigPart[] {
  if (config.pages_build_output_dir !== undefined) {
    throw new FailedError(
      "This is a Pages project, which can't hold Durable Objects: make a Worker in a folder of its own",
    );
  }
  const name = config.name ?? toName(folderName);
  const settings = { name, main: defaultMain, compatibility_date: compatibilityDate };
  return [
    ...Object.entries(settings).flatMap(([key, value]) =>
      config[key as keyof typeof settings] === undefined
        ? { path: [key], value, description: `${key} "${value}"` }
        : [],
    ),
    ...missingStorages(config, name),
    ...missingObjects(config),
  ];
}

function missingStorages({ kv_namespaces: kv = [], r2_buckets: r2 = [] }: WranglerConfig, name: string): ConfigPart[] {
  const parts: ConfigPart[] = [];
  const bucket = `${toName(name)}-results`;
  if (!r2.some(({ binding }) => binding === "RESULTS_R2")) {
    parts.push({
      path: ["r2_buckets"],
      value: { binding: "RESULTS_R2", bucket_name: bucket },
      description: `the R2 bucket "${bucket}" as RESULTS_R2`,
    });
  }
  if (!kv.some(({ binding }) => binding === "RESULTS_KV")) {
    const value = { binding: "RESULTS_KV" };
    parts.push({ path: ["kv_namespaces"], value, description: "a KV namespace as RESULTS_KV" });
  }
  return parts;
}

function missingObjects({ durable_objects: objects, migrations = [] }: WranglerConfig): ConfigPart[] {
  const bindings = objects?.bindings ?? [];
  const parts: ConfigPart[] = [];
  const classes: string[] = [];
  const known = migrations.flatMap(({ new_classes: some = [], new_sqlite_classes: others = [] }) => [
    ...some,
    ...others,
  ]);
  for (const [name, class_name] of Object.entries(objectClasses)) {
    const binding = bindings.find((each) => each.name === name);
    if (!binding) {
      const description = `the Durable Object ${class_name} as ${name}`;
      parts.push({ path: ["durable_objects", "bindings"], value: { name, class_name }, description });
    }
    // the class of another Worker has its migration there
    if (!known.includes(class_name) && binding?.script_name === undefined) classes.push(class_name);
  }
  if (classes.length > 0) {
    const tag = freeTag(migrations);
    const value = { tag, new_sqlite_classes: classes };
    parts.push({ path: ["migrations"], value, description: `the migration "${tag}" of ${classes.join(" and ")}` });
  }
  return parts;
}

function freeTag(migrations: readonly Migration[]): string {
  let number = 1;
  while (migrations.some(({ tag }) => tag === `reprise-v${number}`)) number++;
  return `reprise-v${number}`;
}

/** A name that Workers and buckets may have. */
function toName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 50);
  return name || "results";
}
