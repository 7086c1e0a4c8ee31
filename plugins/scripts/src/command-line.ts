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

/** Makes a Python environment in a folder and installs packages into it, with uv, or with pip where uv is missing or not wanted. */
export function pythonSetup(options: {
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly packageManager: "PIP" | "UV" | undefined;
  readonly pythonVersion: string | undefined;
}): readonly string[] {
  const { dependencies, packageManager, pythonVersion } = options;
  if (dependencies.length === 0) return [];
  const folder = quoted(options.folder);
  const packages = dependencies.map(quoted).join(" ");
  const activate = `. ${folder}/bin/activate`;
  const pip = [
    `python3 -m venv ${folder}`,
    activate,
    `python3 -m pip install --quiet --disable-pip-version-check ${packages}`,
  ];
  if (packageManager === "PIP") return pip;
  const version = pythonVersion === undefined ? "" : ` --python ${quoted(pythonVersion)}`;
  const uv = [`uv venv --quiet${version} ${folder}`, activate, `uv pip install --quiet ${packages}`];
  return ["if command -v uv > /dev/null 2>&1; then", ...uv, "else", ...pip, "fi"];
}
