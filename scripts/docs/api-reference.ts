import { join } from "node:path";
import { Application, Converter, ProjectReflection, type TypeDocOptions } from "typedoc";
import { MarkdownPageEvent, type PluginOptions } from "typedoc-plugin-markdown";
import { projectRoot } from "../processes.mjs";
import { apiPages, entryModules } from "./api-pages.ts";
import { undocumented } from "./api-comments.ts";
import { indexPage } from "./api-index.ts";
import { ReferenceRouter } from "./api-router.ts";
import { ReferenceTheme, withoutLabelHeadings } from "./api-theme.ts";
import { simplify, sortIntoPages } from "./api-tree.ts";

const options: Partial<TypeDocOptions & PluginOptions> = {
  entryPoints: Object.keys(entryModules).map((path) => join(projectRoot, path)),
  tsconfig: join(projectRoot, "scripts/docs/tsconfig.json"),
  plugin: ["typedoc-plugin-markdown"],
  router: "reprise",
  theme: "reprise",
  logLevel: "Warn",
  // the types of pages and of Workers are both here, and contradict each other; `npm run check` checks each part with its own
  skipErrorChecking: true,
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  validation: { invalidLink: true, notDocumented: false, notExported: true },
  // users never name these: parts of the library, and steps of types
  intentionallyNotExported: [
    "AnyFunction",
    "ApiEnv",
    "ArgumentsOf",
    "CallsOf",
    "Env",
    "HttpSender",
    "Outcome",
    "StoreParts",
    "classes",
  ],
  pageTitleTemplates: { module: ({ name }) => apiPages.find((page) => page.name === name)?.title ?? name },
  sort: ["kind", "alphabetical"],
  sortEntryPoints: false,
  kindSortOrder: ["Function", "Variable", "Class", "Enum", "Interface", "TypeAlias"],
  groupOrder: ["Functions", "Variables", "Classes", "Constructors", "Properties", "Methods", "*"],
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: true,
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  enumMembersFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationFormat: "table",
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideValues: true,
    leftAlignHeaders: true,
  },
};

/**
 * Writes the reference of everything that the entries export, as Markdown.
 * @param folder where to, in place of its present content
 * @returns whether every type and every link in it has its place. TypeDoc logs what is wrong.
 */
export async function writeApiReference(folder = join(projectRoot, "docs/api")): Promise<boolean> {
  const app = await Application.bootstrapWithPlugins({ ...options, outputs: [{ name: "markdown", path: folder }] });
  app.renderer.defineRouter("reprise", ReferenceRouter);
  app.renderer.defineTheme("reprise", ReferenceTheme);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    simplify(project);
    sortIntoPages(project);
  });
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    const { model, contents = "" } = page;
    page.contents =
      model instanceof ProjectReflection ? indexPage(model, app.renderer.router!) : withoutLabelHeadings(contents);
  });
  const project = await app.convert();
  if (!project) return false;
  app.validate(project);
  for (const name of undocumented(project)) app.logger.validationWarning(`${name} has no docstring` as never);
  await app.generateOutputs(project);
  return !app.logger.hasErrors() && app.logger.validationWarningCount === 0;
}
