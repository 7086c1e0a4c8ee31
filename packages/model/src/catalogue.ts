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

/** What is known of a type before the code of its plugin is loaded. */
export interface LaterType extends Pick<TypeDefinition, "type" | "aliases" | "element"> {
  /** Loads it; throws when it can't. */
  readonly load: () => TypeDefinition;
}

/** A type as it is written down; its schemas are made when they are first asked for, as those of most types never are. */
export interface WrittenType extends Omit<TypeDefinition, "properties" | "outputs"> {
  readonly properties: () => z.ZodObject;
  readonly outputs?: () => z.ZodObject;
}

/** Makes the definition of a type as it is written down, with whatever else that says of it. */
export function describeType<Written extends WrittenType>(
  written: Written,
): Omit<Written, "properties" | "outputs"> & TypeDefinition {
  const { properties, outputs, ...plain } = written;
  return Object.defineProperties(plain as Omit<Written, "properties" | "outputs"> & TypeDefinition, {
    properties: lazily("properties", properties),
    ...(outputs !== undefined && { outputs: lazily("outputs", outputs) }),
  });
}

/** A property that is made by the first who reads it. */
function lazily(name: string, make: () => z.ZodObject): PropertyDescriptor {
  return {
    enumerable: true,
    configurable: true,
    get(this: object) {
      const value = make();
      Object.defineProperty(this, name, { value, enumerable: true });
      return value;
    },
  };
}

/** All types that this installation knows. Implementations resolve aliases and the omitted `io.kestra.plugin.` prefix. */
export interface Catalogue {
  /** Loads the type when it is first found, which throws when its plugin can't be loaded. */
  find(type: string): TypeDefinition | undefined;
  /** The canonical name of a type, without loading it. */
  nameOf(type: string): string | undefined;
  /** Canonical names of one kind, for completion and "did you mean". */
  types(element: ElementKind): Iterable<string>;
}
