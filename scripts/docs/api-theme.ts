import { type Reflection, ReflectionKind } from "typedoc";
import { type MarkdownPageEvent, MarkdownTheme, MarkdownThemeContext } from "typedoc-plugin-markdown";
import { headingOf } from "./api-router.ts";

/** The plugin's Markdown, where only declarations and methods have headings. */
export class ReferenceTheme extends MarkdownTheme {
  override getRenderContext(page: MarkdownPageEvent<Reflection>): MarkdownThemeContext {
    const context = new MarkdownThemeContext(this, page, this.application.options);
    const { partials } = context;
    partials.memberTitle = (model) => headingOf(model);
    partials.constructor = (model, options) =>
      `### ${headingOf(model)}\n\n${(model.signatures ?? []).map((signature) => partials.signature(signature, options)).join("\n\n")}`;
    partials.inheritance = () => "";
    const { signatureReturns } = partials;
    partials.signatureReturns = (model, options) =>
      model.kindOf(ReflectionKind.ConstructorSignature) ? "" : signatureReturns(model, options);
    return context;
  }
}

const fenceOrHeading = /^```[\s\S]*?^```$|^(#{3,6}) (.*)$/gm;

/** A table of names alone, which the signature above it has too. */
const bareTypeParameters = /^\*\*Type Parameters\*\*\n\n\| Type Parameter \|\n\| :-+ \|\n(?:\| `\w+` \|\n)+/gm;

/** Labels such as "Parameters" become bold text, since a side bar and a search would drown in them. */
export function withoutLabelHeadings(markdown: string): string {
  return markdown
    .replace(fenceOrHeading, (all, level: string | undefined, title: string) => {
      if (level === undefined) return all;
      if (/^(?:Constructors|Methods)$/.test(title)) return "";
      return /^new |\./.test(title) ? `### ${title}` : `**${title}**`;
    })
    .replace(bareTypeParameters, "")
    .replace(/\n{3,}/g, "\n\n")
    .replaceAll("\n***\n", "");
}
