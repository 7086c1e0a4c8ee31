import { quoted } from "@capstan/sdk/commands";

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
