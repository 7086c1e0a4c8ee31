import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that another program wrote. */
export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, "../../fixtures", name));
}
