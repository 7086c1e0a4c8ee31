import { TaskFailure } from "@capstan/sdk";

/**
 * The name of a file within an archive: steps between `/`. Throws `TaskFailure` for one that leads out of the archive, from the root or by
 * steps up, whatever kind of slash it has.
 */
export function entryName(written: string): string {
  const name = written.replaceAll("\\", "/").replace(/^(?:\.\/)+/, "");
  const isOutside = name.startsWith("/") || /^[A-Za-z]:/.test(name) || name.split("/").includes("..");
  if (isOutside || name === "" || name.includes("\0"))
    throw new TaskFailure(
      `The name ${JSON.stringify(written)} can't be that of a file in an archive: it leads out of it.`,
    );
  return name;
}

/** The last step of a name, of characters that any storage takes. */
export function storedName(name: string): string {
  const last = name
    .split("/")
    .at(-1)!
    .replaceAll(/[^\w.@-]+/g, "_");
  return /^\.*$/.test(last) ? "file" : last;
}
