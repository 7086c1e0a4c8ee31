import { parseJsonValue, text } from "@capstan/sdk";

/** The property `path`. */
export const path = () =>
  text().default("$").describe("Which part of the document, such as `$.address.city`. Default: `$`, all of it.");

/** What JSON.GET answered for a path: the one value there, a list of several, or undefined for none. */
export function valueAt(reply: unknown): unknown {
  if (typeof reply !== "string") return undefined;
  const found: unknown = parseJsonValue(reply);
  if (!Array.isArray(found)) return found; // Paths without a dollar sign name one value.
  return found.length > 1 ? found : (found[0] as unknown);
}
