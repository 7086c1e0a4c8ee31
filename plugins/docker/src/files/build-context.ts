import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, OWN_FILES_PREFIX, TaskFailure } from "@capstan/sdk";
import type { FileToPack } from "@capstan/sdk/tar";
import { dockerIgnore } from "./docker-ignore.ts";

/** What an engine builds from. */
export interface BuildContext {
  /** Name of the Dockerfile among the files. */
  readonly dockerfile: string;
  readonly files: AsyncIterable<FileToPack>;
}

const IGNORE_FILE = ".dockerignore";
/** For a Dockerfile that is no file of the folder; left out of images by a rule of its own. */
const OWN_DOCKERFILE = `${OWN_FILES_PREFIX}dockerfile`;

/**
 * The files of a folder without what its `.dockerignore` leaves out, and a Dockerfile: its text, or its path in the folder. Throws
 * `TaskFailure` when there is none.
 */
export async function buildContext(
  folder: string,
  dockerfile: { text: string } | { path: string },
): Promise<BuildContext> {
  const ignored = (await textIfThere(join(folder, IGNORE_FILE))) ?? "";
  if ("text" in dockerfile) {
    // The engine takes out of the context what these rules name, once it has read it.
    const rules = `${ignored}\n${OWN_DOCKERFILE}\n${ignored === "" ? `${IGNORE_FILE}\n` : ""}`;
    const own = [textFile(OWN_DOCKERFILE, dockerfile.text), textFile(IGNORE_FILE, rules)];
    return { dockerfile: OWN_DOCKERFILE, files: contextFiles(folder, ignored, own) };
  }
  const path = dockerfile.path.replace(/^(?:\.\/)+/, "");
  const text = await textIfThere(join(folder, path));
  if (text === undefined || path.split("/").includes(".."))
    throw new TaskFailure(
      `there is no ${path} in the working folder: write it as \`dockerfile\`, or among \`inputFiles\``,
    );
  const own = [textFile(path, text), ...(ignored === "" ? [] : [textFile(IGNORE_FILE, ignored)])];
  return { dockerfile: path, files: contextFiles(folder, ignored, own) };
}

async function* contextFiles(folder: string, ignored: string, own: readonly FileToPack[]): AsyncGenerator<FileToPack> {
  const isIgnored = dockerIgnore(ignored);
  const names = new Set(own.map(({ name }) => name));
  for (const name of await filesBelow(folder)) {
    if (names.has(name) || name.startsWith(OWN_FILES_PREFIX) || isIgnored(name)) continue;
    const path = join(folder, name);
    const { size, mode } = await stat(path);
    yield { name, size, mode: mode & 0o777, content: async () => createReadStream(path) };
  }
  yield* own;
}

function textFile(name: string, text: string): FileToPack {
  const bytes = Buffer.from(text);
  return { name, size: bytes.length, content: async () => one(bytes) };
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function textIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
