/** One language: everything in which its tasks differ from those of the others. */
export interface Language {
  /** Part of the type name. */
  readonly name: string;
  readonly title: string;
  readonly image: string;
  /** How a script runs: as a file of its own, or (without this) as lines of the interpreter itself. */
  readonly file?: {
    readonly extension: string;
    /** The language takes no file whose name starts with a dot. */
    readonly isVisible?: true;
    /** Put before the script. */
    readonly prelude?: string;
    /** The command line that runs the file, whose path is safe in a shell. */
    command(path: string): string;
  };
  readonly interpreter?: readonly string[];
  /** What makes the interpreter stop at the first command that fails. */
  readonly failFast?: string;
}

export const SHELL = ["/bin/sh", "-c"] as const;
export const SHELL_FAIL_FAST = "set -e";

export const LANGUAGES: readonly Language[] = [
  { name: "shell", title: "shell", image: "ubuntu" },
  {
    name: "python",
    title: "Python",
    image: "python:3.13-slim",
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
    interpreter: ["pwsh", "-NoProfile", "-NonInteractive", "-Command"],
    failFast: '$ErrorActionPreference = "Stop"',
  },
];
