import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";

/** Properties that the key-value tasks share. */
export const key = () => text().describe("The key: letters, digits, `.`, `_` and `-`.");
export const namespace = () => text().optional().describe("Namespace of the key. Default: that of this flow.");
export const errorOnMissing = () =>
  dynamic(z.boolean()).default(false).describe("Whether a missing key fails the task.");

export function missingKey(key: string, namespace: string): string {
  return `There is no value for key "${key}" in namespace ${namespace}. Set it, or leave \`errorOnMissing\` out.`;
}
