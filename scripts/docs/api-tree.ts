import {
  Comment,
  DeclarationReflection,
  ParameterReflection,
  type ProjectReflection,
  ReferenceReflection,
  ReferenceType,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";
import { type ApiPage, apiPages, entryModules, runtimeEntries } from "./api-pages.ts";

type Entries = ReadonlyMap<DeclarationReflection, readonly string[]>;

/** Replaces the modules of the entries by the pages of docs/api. Each declaration is on one page, and names the entries that export it. */
export function sortIntoPages(project: ProjectReflection): void {
  const modules = [...(project.children ?? [])];
  const entries = entriesOf(modules);
  const pages = Map.groupBy(entries.keys(), (declaration) =>
    pageOf(project.getSymbolIdFromReflection(declaration)?.packagePath ?? declaration.name),
  );
  for (const page of apiPages) addPage(project, page, pages.get(page) ?? [], entries);
  for (const module of modules) project.removeReflection(module);
}

function entriesOf(modules: readonly DeclarationReflection[]): Entries {
  const entries = new Map<DeclarationReflection, string[]>();
  for (const { name, children = [] } of modules) {
    const entry = entryModules[`${name}.ts`] ?? entryModules[`${name}/index.ts`] ?? name;
    for (const child of children) {
      const declaration = child instanceof ReferenceReflection ? child.getTargetReflectionDeep() : child;
      if (!(declaration instanceof DeclarationReflection))
        throw new Error(`${name} exports ${child.name}, which TypeDoc does not find.`);
      entries.set(declaration, [...(entries.get(declaration) ?? []), entry]);
    }
  }
  return entries;
}

function pageOf(path: string): ApiPage {
  const page = apiPages.find(({ folders }) => folders.some((folder) => `${path}/`.startsWith(`${folder}/`)));
  if (!page) throw new Error(`No page of docs/api has ${path}: add its folder to scripts/docs/api-pages.ts.`);
  return page;
}

function addPage(
  project: ProjectReflection,
  page: ApiPage,
  declarations: readonly DeclarationReflection[],
  entries: Entries,
): void {
  const module = new DeclarationReflection(page.name, ReflectionKind.Module, project);
  project.registerReflection(module, undefined, undefined);
  project.addChild(module);
  const imports = Map.groupBy(declarations, (declaration) => importLine(entries.get(declaration) ?? []));
  const [usual = ""] = [...imports].sort(([, some], [, others]) => others.length - some.length).map(([line]) => line);
  module.comment = new Comment([{ kind: "text", text: `${page.about}\n\n${usual}` }]);
  for (const declaration of declarations) {
    if (declaration.parent instanceof DeclarationReflection) declaration.parent.removeChild(declaration);
    declaration.parent = module;
    module.addChild(declaration);
    const own = importLine(entries.get(declaration) ?? []);
    if (own !== usual)
      for (const comment of commentsOf(declaration)) comment.summary.unshift({ kind: "text", text: `${own}\n\n` });
  }
}

/** A function has a comment for each signature. */
function commentsOf(declaration: DeclarationReflection): Comment[] {
  return (declaration.signatures ?? [declaration]).map((part) => (part.comment ??= new Comment()));
}

function importLine(entries: readonly string[]): string {
  const inAllRuntimes = runtimeEntries.every((entry) => entries.includes(entry));
  const names = inAllRuntimes ? ["reprise", ...entries.filter((entry) => !runtimeEntries.includes(entry))] : entries;
  return `Import from ${new Intl.ListFormat("en", { type: "disjunction" }).format(names.map((name) => `\`${name}\``))}.`;
}

/** Shows getters as properties, links a value to the type that describes it, and leaves out members that tell users nothing. */
export function simplify(project: ProjectReflection): void {
  for (const reflection of Object.values(project.reflections)) {
    if (reflection instanceof ParameterReflection && reflection.name === "__namedParameters")
      reflection.name = "options";
    if (!(reflection instanceof DeclarationReflection)) continue;
    if (tellsNothing(reflection)) project.removeReflection(reflection);
    else if (reflection.getSignature) becomeProperty(reflection, reflection.getSignature);
    else if (reflection.kindOf(ReflectionKind.Variable)) linkType(reflection);
  }
}

/** Members whose name is a symbol, inherited constructors, and methods that a contract describes. */
function tellsNothing(reflection: DeclarationReflection): boolean {
  if (reflection.kindOf(ReflectionKind.Constructor)) return reflection.inheritedFrom !== undefined;
  const isOfContract = reflection.signatures?.every(({ comment }) => comment?.inheritedFromParentDeclaration);
  return reflection.name.startsWith("[") || isOfContract === true;
}

function becomeProperty(accessor: DeclarationReflection, getter: SignatureReflection): void {
  accessor.kind = ReflectionKind.Property;
  if (getter.type) accessor.type = getter.type;
  if (getter.comment) accessor.comment = getter.comment;
  delete accessor.getSignature;
  delete accessor.setSignature;
}

/** The code of a declaration has no links. */
function linkType(variable: DeclarationReflection): void {
  const { type } = variable;
  if (!(type instanceof ReferenceType) || !type.reflection) return;
  variable.comment ??= new Comment();
  const link = { kind: "inline-tag", tag: "@linkcode", text: type.name, target: type.reflection } as const;
  variable.comment.summary.push({ kind: "text", text: "\n\nType: " }, link);
}
