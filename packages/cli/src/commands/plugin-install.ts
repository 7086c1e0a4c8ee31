import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfiguration } from "../configuration.ts";
import { Mistake } from "../mistake.ts";
import { processEnvironment } from "../process-environment.ts";
import { pluginOf, providedBelow } from "../third-party/found-plugins.ts";
import { readPackage } from "../third-party/plugin-packages.ts";
import { isAllowed, PINNED, type PluginSettings } from "../third-party/plugin-settings.ts";
import { pluginFolderOf } from "../third-party/third-party.ts";
import { short } from "./plugin-list.ts";

/**
 * What npm is told: scripts of packages don't run, versions are exact, and what a plugin gets from the platform is not fetched. Its lock file
 * pins the contents.
 */
const NPM_OPTIONS = [
  "--ignore-scripts",
  "--save-exact",
  "--legacy-peer-deps",
  "--no-audit",
  "--no-fund",
  "--no-update-notifier",
];

/** Installs packages with npm, those that are named or all of the configuration, and shows what types they bring. */
export async function pluginInstall(named: readonly string[], options: { readonly config?: string }): Promise<number> {
  const { configuration } = loadConfiguration(options.config, processEnvironment());
  const settings = configuration.plugins;
  const packages = named.length === 0 ? settings.packages : named;
  if (packages.length === 0)
    throw new Mistake("there is nothing to install — name a package, or packages in the setting plugins.packages");
  for (const each of packages) assertAllowed(each, settings);
  const folder = pluginFolderOf(configuration);
  mkdirSync(folder, { recursive: true });
  const description = join(folder, "package.json");
  if (!existsSync(description)) writeFileSync(description, `${JSON.stringify({ private: true }, undefined, 2)}\n`);
  await npm(["install", ...NPM_OPTIONS, "--prefix", folder, ...packages]);
  providedBelow(folder);
  for (const each of packages) {
    const { name } = PINNED.exec(each)!.groups!;
    const path = join(folder, "node_modules", name!);
    try {
      const { types } = pluginOf(readPackage(path));
      process.stdout.write(`${each}\n${types.map(({ type, element }) => `  ${short(type)}  ${element}\n`).join("")}`);
    } catch (error) {
      await npm(["uninstall", ...NPM_OPTIONS, "--prefix", folder, name!]);
      throw new Mistake(`${each} is no plugin, and was removed: ${(error as Error).message}`, {
        cause: error,
        exitCode: 1,
      });
    }
  }
  process.stdout.write(`installed in ${folder} — a server that runs has them after its next start\n`);
  return 0;
}

function assertAllowed(each: string, settings: PluginSettings): void {
  const { name, version } = PINNED.exec(each)?.groups ?? {};
  if (name === undefined || version === undefined)
    throw new Mistake(`${each}: name a package in one version, such as @acme/capstan-plugin@1.2.3`);
  if (isAllowed(settings, name, version)) return;
  throw new Mistake(`${each}: neither plugins.allow nor plugins.packages names it — add it to one of them`);
}

/** Throws `Mistake` with what npm says when it fails. */
async function npm(words: readonly string[]): Promise<void> {
  const child = spawn("npm", words, { stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("close", resolve);
  child.on("error", (error: NodeJS.ErrnoException) => {
    const isMissing = error.code === "ENOENT";
    const advice = isMissing
      ? "it is not installed here — install Node.js with npm, or unpack the package"
      : error.message;
    reject(new Mistake(`npm can't be run: ${advice}`, { cause: error, exitCode: 1 }));
  });
  if ((await promise) !== 0) throw new Mistake(`npm ${words[0]} failed:\n${told.trim()}`, { exitCode: 1 });
}
