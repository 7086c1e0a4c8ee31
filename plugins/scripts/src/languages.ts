import { type LineShell, quotedForPowerShell } from "@capstan/sdk/commands";

const POWERSHELL: LineShell = {
  interpreter: ["pwsh", "-NoProfile", "-NonInteractive", "-Command"],
  failFast: '$ErrorActionPreference = "Stop"',
  quoted: quotedForPowerShell,
};

/** One language: everything in which its tasks differ from those of the others. */
export interface Language {
  /** Part of the type name. */
  readonly name: string;
  readonly title: string;
  readonly image: string;
  /** What its programs find in their environment, unless the task says it otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  /** By default a POSIX shell. */
  readonly shell?: LineShell;
  /** How a script runs: as a file of its own, or (without this) as lines of the shell itself. */
  readonly file?: {
    readonly extension: string;
    /** The language takes no file whose name starts with a dot. */
    readonly isVisible?: true;
    /** Put before the script. */
    readonly prelude?: string;
    /** The command line that runs the file, whose path is quoted for the shell. */
    command(path: string): string;
  };
}

export const LANGUAGES: readonly Language[] = [
  { name: "shell", title: "shell", image: "ubuntu" },
  {
    name: "python",
    title: "Python",
    image: "python:3.13-slim",
    // Lines are in the log when they are printed, and pip says nothing of its own.
    env: { PYTHONUNBUFFERED: "true", PIP_ROOT_USER_ACTION: "ignore", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    // Rendered JSON has lower-case literals; with these names it is Python as well.
    file: { extension: "py", prelude: "true=True; false=False; null=None\n", command: (path) => `python3 ${path}` },
  },
  { name: "node", title: "Node.js", image: "node", file: { extension: "js", command: (path) => `node ${path}` } },
  { name: "r", title: "R", image: "r-base", file: { extension: "R", command: (path) => `Rscript ${path}` } },
  { name: "ruby", title: "Ruby", image: "ruby", file: { extension: "rb", command: (path) => `ruby ${path}` } },
  { name: "julia", title: "Julia", image: "julia", file: { extension: "jl", command: (path) => `julia ${path}` } },
  {
    name: "go",
    title: "Go",
    image: "golang",
    file: { extension: "go", isVisible: true, command: (path) => `go run ${path}` },
  },
  {
    name: "deno",
    title: "Deno",
    image: "denoland/deno",
    file: { extension: "ts", command: (path) => `deno run --allow-all ${path}` },
  },
  { name: "bun", title: "Bun", image: "oven/bun", file: { extension: "ts", command: (path) => `bun run ${path}` } },
  { name: "lua", title: "Lua", image: "nickblah/lua", file: { extension: "lua", command: (path) => `lua ${path}` } },
  { name: "perl", title: "Perl", image: "perl", file: { extension: "pl", command: (path) => `perl ${path}` } },
  { name: "php", title: "PHP", image: "php", file: { extension: "php", command: (path) => `php ${path}` } },
  {
    name: "groovy",
    title: "Groovy",
    image: "groovy",
    file: { extension: "groovy", command: (path) => `groovy ${path}` },
  },
  {
    name: "jbang",
    title: "JBang",
    image: "jbangdev/jbang-action",
    file: { extension: "java", isVisible: true, command: (path) => `jbang ${path}` },
  },
  {
    name: "dotnet",
    title: ".NET",
    image: "mcr.microsoft.com/dotnet/sdk:10.0",
    file: { extension: "cs", isVisible: true, command: (path) => `dotnet run ${path}` },
  },
  {
    name: "powershell",
    title: "PowerShell",
    image: "ghcr.io/kestra-io/powershell:latest",
    shell: POWERSHELL,
    // Its command discovery is not known to take files whose name starts with a dot on every system.
    file: { extension: "ps1", isVisible: true, command: (path) => path },
  },
];
