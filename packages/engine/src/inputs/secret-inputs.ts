import type { Input } from "@capstan/model";

/** Whether the values of an input are secrets: stored encrypted, and hidden in whatever is said. */
export function holdsSecrets({ type, itemType }: Input): boolean {
  return type === "SECRET" || (type === "ARRAY" && itemType === "SECRET");
}
