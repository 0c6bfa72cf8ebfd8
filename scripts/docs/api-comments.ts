import { type ProjectReflection, ReflectionKind } from "typedoc";

const exported: readonly ReflectionKind[] = [
  ReflectionKind.Class,
  ReflectionKind.Enum,
  ReflectionKind.Function,
  ReflectionKind.Interface,
  ReflectionKind.TypeAlias,
  ReflectionKind.Variable,
];
const members: readonly ReflectionKind[] = [
  ReflectionKind.Accessor,
  ReflectionKind.EnumMember,
  ReflectionKind.Method,
  ReflectionKind.Property,
];

/** The exports, and the members of exported types and classes, that have no docstring. The comment of an object that a type spells out covers its members. */
export function undocumented(project: ProjectReflection): string[] {
  return [...exported, ...members]
    .flatMap((kind) => project.getReflectionsByKind(kind))
    .filter((reflection) => reflection.isDeclaration())
    .filter(({ parent }) => !parent?.kindOf(ReflectionKind.TypeLiteral))
    .filter((reflection) => {
      const { signatures = [], getSignature } = reflection;
      return ![reflection, ...signatures, getSignature].some((each) => each?.hasComment());
    })
    .map((reflection) => reflection.getFullName());
}
