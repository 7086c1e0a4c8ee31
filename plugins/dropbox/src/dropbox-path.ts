import { isFileAddress, type TaskContext, TaskFailure } from "@capstan/sdk";

/** Of a path that a file holds, in bytes. Dropbox takes none that is nearly as long. */
export const PATH_BYTES_MAX = 65_536;

/** What properties that name a place in Dropbox say of themselves. */
export const PATH_FORMS =
  "it begins with a slash, as in `/reports/today.csv`. The address of a stored file stands for the path that it holds";

/** The path that a property gives. Throws `TaskFailure` for none, or one that Dropbox doesn't take. */
export async function pathOf(
  context: Pick<TaskContext<unknown>, "files">,
  property: string,
  written: string,
): Promise<string> {
  const path = await pathOrRoot(context, property, written);
  if (path === "") throw new TaskFailure(`\`${property}\` is empty. Give it a path such as /reports/today.csv.`);
  return path;
}

/** As `pathOf`, for places that may be the whole of Dropbox: the root is empty. */
export async function pathOrRoot(
  { files }: Pick<TaskContext<unknown>, "files">,
  property: string,
  written: string | undefined,
): Promise<string> {
  const path = written !== undefined && isFileAddress(written) ? await heldPath(files, written.trim()) : written;
  if (path === undefined || path.trim() === "" || path === "/") return "";
  // Dropbox gives ids to what keeps its identity when it is moved.
  if (/^(?:\/|(?:id|rev|ns):)/.test(path)) return path.length > 1 ? path.replace(/\/+$/, "") : path;
  throw new TaskFailure(`\`${property}\` is "${path}", which does not begin with a slash. Write it as /${path}.`);
}

async function heldPath(files: TaskContext<unknown>["files"], uri: string): Promise<string> {
  const bytes = await files.sizeBytes(uri);
  if (bytes > PATH_BYTES_MAX)
    throw new TaskFailure(`The file ${uri} has ${bytes} bytes, which is no path. Give a file that holds one path.`);
  return (await files.text(uri)).trim();
}
