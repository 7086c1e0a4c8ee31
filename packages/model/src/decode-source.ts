import type { Diagnostic } from "./diagnostic.ts";
import { DIAGNOSTICS } from "./diagnostics.ts";
import { createPositions } from "./document/positions.ts";

/** The text of a file without its byte order mark, or what is wrong with its bytes. */
export type Decoded = { readonly source: string } | { readonly diagnostic: Diagnostic };

/** Reads bytes as UTF-8. Files in other encodings are told at the first place that is none. */
export function decodeSource(bytes: Uint8Array): Decoded {
  try {
    return { source: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const { severity, message, hint } = DIAGNOSTICS["wrong-encoding"];
  const replaced = new TextDecoder().decode(bytes);
  const at = createPositions(replaced).at(firstReplacement(bytes, replaced));
  return {
    diagnostic: { code: "wrong-encoding", severity, message: message(), hint, path: "", range: { start: at, end: at } },
  };
}

/** A file may hold U+FFFD itself; the first that stands for something else is where the texts come apart. */
function firstReplacement(bytes: Uint8Array, replaced: string): number {
  const encoder = new TextEncoder();
  let at = -1;
  let byte = 0;
  let from = 0;
  do {
    at = replaced.indexOf("\uFFFD", at + 1);
    if (at === -1) return 0;
    byte += encoder.encode(replaced.slice(from, at)).length;
    from = at;
  } while (bytes[byte] === 0xef && bytes[byte + 1] === 0xbf && bytes[byte + 2] === 0xbd);
  return at;
}
