const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
  ENOTDIR: "a part of the path is a file",
  ELOOP: "links lead in a circle",
};

/** Why a file of the user can't be read: a part of a sentence. */
export function unreadableReason(error: unknown): string {
  const { code = "it can't be read" } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? code;
}
