import { text } from "@capstan/sdk";
import { z } from "zod";

export const prefix = () => text().optional().describe("Only namespaces that begin so. Default: all.");

export const namespacesOutput = () =>
  z.object({ namespaces: z.array(z.string()).describe("Names of the namespaces.") });

/** A server finds those that contain the text anywhere. */
export function startingWith(prefix: string, namespaces: readonly string[]): readonly string[] {
  return namespaces.filter((name) => name.startsWith(prefix));
}
