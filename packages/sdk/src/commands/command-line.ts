export interface CommandLine {
  readonly interpreter: readonly string[];
  /** Put first when the first failing command is to end it all. */
  readonly failFast?: string | undefined;
  readonly lines: readonly string[];
  readonly targetOS?: "AUTO" | "LINUX" | "WINDOWS" | undefined;
}

/** Program and arguments: the interpreter, and all lines as one last argument, so that they share one shell. */
export function assemble({ interpreter, failFast, lines, targetOS }: CommandLine): readonly string[] {
  const isWindows = targetOS === "WINDOWS";
  const all = failFast === undefined ? lines : [failFast, ...lines];
  return [...interpreter, all.join(isWindows ? "\r\n" : "\n")];
}

/** A word for a POSIX shell that stands for exactly this text. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What runs the file of this path in PowerShell, with the call operator where its path alone would be read as something else. */
export function quotedForPowerShell(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `& '${path.replaceAll("'", "''")}'`;
}
