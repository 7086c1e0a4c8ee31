import type { z } from "zod";
import type { Tool } from "../any-model/tool.ts";
import { type ElementKind, elementKind } from "../element.ts";

/** What a part of `tools` gives to a model; what it holds open is closed when the conversation has ended. */
export interface Toolset {
  readonly tools: readonly Tool[];
  readonly close?: () => Promise<void>;
}

/** Kind of a part of `tools`. */
export function toolKind<Properties extends z.ZodObject>(kind: ElementKind<Toolset, Properties>): ElementKind<Toolset> {
  return elementKind(kind);
}

/** Parameters of a tool that takes one text. */
export function oneText(name: string, description: string) {
  return {
    type: "object",
    properties: { [name]: { type: "string", description } },
    required: [name],
    additionalProperties: false,
  };
}

/** The text that a model gave; models leave out even what is required. */
export function textGiven(input: Readonly<Record<string, unknown>>, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}
