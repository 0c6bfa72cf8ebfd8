import {
  BaseRouter,
  type DeclarationReflection,
  PageKind,
  type PageDefinition,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  Slugger,
} from "typedoc";

/**
 * The heading of a declaration or a member. A member's heading names its owner: the search shows it alone, and its anchor
 * doesn't change with the rest of the page.
 */
export function headingOf(reflection: Reflection): string {
  const { parent } = reflection;
  const call = reflection.isDeclaration() && reflection.signatures !== undefined ? "()" : "";
  if (reflection.kindOf(ReflectionKind.Constructor)) return `new ${parent?.name}()`;
  return parent?.kindOf([ReflectionKind.Class, ReflectionKind.Interface])
    ? `${parent.name}.${reflection.name}${call}`
    : `${reflection.name}${call}`;
}

/** What the tables show, with an anchor instead of a heading. */
const inTables = [ReflectionKind.Property, ReflectionKind.EnumMember];

/** One file a page, and an anchor for each declaration and member. */
export class ReferenceRouter extends BaseRouter {
  override extension = ".md";

  override buildPages(project: ProjectReflection): PageDefinition[] {
    const modules = project.children ?? [];
    const pages = [project, ...modules].map((model) => {
      const url = model === project ? "README.md" : `${model.name}.md`;
      this.fullUrls.set(model, url);
      this.sluggers.set(model, new Slugger(this.sluggerConfiguration));
      return { url, kind: PageKind.Reflection, model };
    });
    for (const module of modules) for (const child of module.children ?? []) this.#addAnchors(child, module);
    return pages;
  }

  #addAnchors(declaration: DeclarationReflection, page: DeclarationReflection): void {
    const { parent } = declaration;
    const text = declaration.kindOf(inTables) ? `${parent?.name}-${declaration.name}` : headingOf(declaration);
    const anchor = this.getSlugger(page).slug(text);
    this.anchors.set(declaration, anchor);
    this.fullUrls.set(declaration, `${this.getFullUrl(page)}#${anchor}`);
    for (const child of declaration.children ?? []) this.#addAnchors(child, page);
  }

  protected override getIdealBaseName(reflection: Reflection): string {
    return reflection.name;
  }
}
