import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Programs that tests fetch or build, of this checkout. */
const CACHE = join(import.meta.dirname, "../../../../node_modules/.cache/capstan");

export interface CachedProgram {
  /** With its version, such as `opa-1.8.0`. */
  readonly name: string;
  /** What making it takes, such as `Go 1.24 (apt-get install golang)`. */
  readonly needs: string;
  /** Fetches or builds it in an empty folder, and answers the path of the file or folder in it, or of itself, that is kept. */
  readonly make: (folder: string) => Promise<string>;
}

/** The path of a program that Debian lacks, which is made when it is asked for the first time. Throws an error that says what it needs. */
export function cachedProgram(program: CachedProgram): Promise<string> {
  return madeOnce(join(CACHE, program.name), program);
}

/** What is at a path, once made: aside, and moved into place, as several tests may need it at the same time. */
export async function madeOnce(place: string, { name, needs, make }: CachedProgram): Promise<string> {
  if (existsSync(place)) return place;
  await mkdir(dirname(place), { recursive: true });
  const unfinished = await mkdtemp(`${place}-`);
  try {
    await rename(await make(unfinished), place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
    return place;
  } catch (error) {
    throw new Error(`${name} can't be made, which this test needs: ${needs}`, { cause: error });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
