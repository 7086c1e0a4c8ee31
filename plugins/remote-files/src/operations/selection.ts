import { dynamic, type Renderer, TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import { patternMatcher } from "@capstan/sdk/objects";
import { z } from "zod";
import type { RemoteEntry, RemoteFiles } from "../remote-files.ts";
import { addressOf } from "../remote-path.ts";

/** Entries that one listing looks at. */
export const LOOKED_AT_MAX = 100_000;

export const regExp = () =>
  text()
    .optional()
    .describe("A regular expression in Java's notation that matches the whole path, such as `.*\\.csv`.");
export const recursive = () =>
  dynamic(z.boolean())
    .default(false)
    .describe("Whether folders in it are looked into as well. Links are not followed.");
export const maxFiles = (what: string) => dynamic(z.int().min(1)).default(25).describe(`${what} Default: 25.`);
export const sort = () =>
  dynamic(z.enum(["NONE", "LAST_MODIFIED_ASC", "LAST_MODIFIED_DESC", "NAME_ASC", "NAME_DESC"]))
    .default("NONE")
    .describe("Their order, by time or by name, which also says which of too many are taken. Default: NONE.");

/** Which files of a folder are meant. */
export interface Selection {
  /** A checked path, of a folder or of one file. */
  readonly from: string;
  readonly regExp?: string | undefined;
  readonly recursive: boolean;
  readonly sort?: z.output<ReturnType<typeof sort>>;
}

type Context = Pick<Renderer, "evaluate"> & { readonly log: TaskLogger };

/** What is meant, in the order of `sort`. Throws `TaskFailure` when nothing is there, and for more than can be looked at. */
export async function selected(
  { evaluate }: Pick<Context, "evaluate">,
  files: RemoteFiles,
  selection: Selection,
): Promise<readonly RemoteEntry[]> {
  const { from, sort: order = "NONE", regExp: pattern } = selection;
  const matches = pattern === undefined ? async () => true : patternMatcher(evaluate, "regExp", pattern);
  const chosen: RemoteEntry[] = [];
  for await (const entry of entriesBelow(files, from, selection.recursive))
    if (await matches(entry.path)) chosen.push(entry);
  const compare = ORDERS[order];
  return compare === undefined ? chosen : chosen.toSorted(compare);
}

/** The first of them; that others are left out is told with a warning. */
export function firstOf<Item>(items: readonly Item[], maxFiles: number, log: TaskLogger): readonly Item[] {
  if (items.length > maxFiles)
    log.warn(`${items.length} files are there: all but ${maxFiles} are left out. Raise \`maxFiles\` for them.`);
  return items.slice(0, maxFiles);
}

/** A file alone, or what lies in a folder: in folders of it too, when asked for. */
export async function* entriesBelow(
  files: RemoteFiles,
  from: string,
  isRecursive: boolean,
  countMax = LOOKED_AT_MAX,
): AsyncGenerator<RemoteEntry> {
  const top = await files.stat(from);
  if (top === undefined) throw new TaskFailure(`${addressOf(files.address, from)} is not there: ${files.pathAdvice}`);
  if (top.kind !== "FOLDER") yield top;
  const folders = top.kind === "FOLDER" ? [from] : [];
  let left = countMax;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of await files.list(folder)) {
      left -= 1;
      if (left < 0)
        throw new TaskFailure(
          `More than ${countMax} files and folders are in ${addressOf(files.address, from)}: choose a folder with fewer.`,
        );
      yield entry;
      // A link may lead to a folder above it.
      if (isRecursive && entry.kind === "FOLDER" && !entry.isLink) folders.push(entry.path);
    }
  }
}

type Compare = (left: RemoteEntry, right: RemoteEntry) => number;
const byTime: Compare = ({ updatedAt: left = 0 }, { updatedAt: right = 0 }) => left - right;
const byName: Compare = ({ name: left }, { name: right }) => (left < right ? -1 : left > right ? 1 : 0);
const ORDERS: Readonly<Record<string, Compare>> = {
  LAST_MODIFIED_ASC: byTime,
  LAST_MODIFIED_DESC: (left, right) => byTime(right, left),
  NAME_ASC: byName,
  NAME_DESC: (left, right) => byName(right, left),
};
