import type * as Tedious from "tedious";
import { keepDigits, type ValueParser } from "./exact-values.ts";

export type Library = typeof Tedious;

/** The library for TDS, with decimals as texts. */
export async function loadTedious(): Promise<Library> {
  const { default: parser } = (await import("tedious/lib/value-parser.js")) as unknown as {
    readonly default: ValueParser;
  };
  keepDigits(parser);
  const { default: library } = (await import("tedious")) as unknown as { readonly default: Library };
  return library;
}
