import type { z } from "zod";

export type ElementKind = "task" | "trigger" | "condition" | "taskRunner" | "other";

/** What the checker, the editor and the documentation know of a type; plugins add `run` to it in the SDK. */
export interface TypeDefinition {
  /** Full name, such as `io.kestra.plugin.core.log.Log`. */
  readonly type: string;
  /** Older names that behave exactly alike. */
  readonly aliases?: readonly string[];
  readonly element: ElementKind;
  readonly title: string;
  readonly description?: string;
  readonly deprecated?: string;
  /**
   * The type's own properties (never those that all elements of its kind have). Dynamic values are marked by the builders of
   * `properties.ts`, so the schema alone tells what is rendered.
   */
  readonly properties: z.ZodObject;
  /** Outputs known beforehand; absent means that they can't be known statically. */
  readonly outputs?: z.ZodObject;
  readonly examples?: readonly { readonly title: string; readonly code: string }[];
}

/** All types that this installation knows. Implementations resolve aliases and the omitted `io.kestra.plugin.` prefix. */
export interface Catalogue {
  find(type: string): TypeDefinition | undefined;
  /** Canonical names of one kind, for completion and "did you mean". */
  types(element: ElementKind): Iterable<string>;
}
