import type { SourceFile } from "../source-tree.ts";

/** Looks at the whole tree; answers one message for each breach, beginning with the path. */
export type HouseRule = (files: readonly SourceFile[]) => readonly string[];

const LINES_MAX = 500;
const VAGUE_FOLDERS = new Set(["utils", "util", "common", "helpers", "shared", "misc"]);
const README_LINES = { min: 5, max: 40 };

/** A file is one thought; the long ones are where the cases live, and cases are files. */
export const filesAreShort: HouseRule = (files) =>
  files
    .filter(({ path }) => /\.(ts|js)$/.test(path) && !path.includes(".generated."))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path}: ${lines} lines, ${LINES_MAX} are allowed — split it by case, not by layer`);

/** A folder's name says what is in it. */
export const foldersHaveNouns: HouseRule = (files) => {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  return [...folders]
    .filter((folder) => VAGUE_FOLDERS.has(folder.slice(folder.lastIndexOf("/") + 1)))
    .map((folder) => `${folder}: the name says nothing — put each function with the noun it serves`);
};

export const filesAreKebabCase: HouseRule = (files) =>
  files
    .filter(({ path }) => /\.(ts|js)$/.test(path))
    .filter(({ path }) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)+$/.test(path.slice(path.lastIndexOf("/") + 1)))
    .map(({ path }) => `${path}: name it in kebab-case, by the noun inside`);

/** Each package tells what lives there, what must not, and where to start reading. */
export const packagesHaveReadmes: HouseRule = (files) => {
  const paths = new Map(files.map(({ path, text }) => [path, text]));
  return files
    .filter(({ path }) => path.endsWith("/package.json"))
    .map(({ path }) => path.replace(/package\.json$/, "README.md"))
    .flatMap((readme) => {
      const text = paths.get(readme);
      if (text === undefined)
        return [`${readme}: missing — say what lives here, what must not, where to start reading`];
      const lines = text.trimEnd().split("\n").length;
      const isFine = lines >= README_LINES.min && lines <= README_LINES.max;
      return isFine
        ? []
        : [`${readme}: ${lines} lines — ${README_LINES.min} to ${README_LINES.max} are enough to find the way`];
    });
};

function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
