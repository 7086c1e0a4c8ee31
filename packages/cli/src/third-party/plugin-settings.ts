import { z } from "zod";
import { CONFIGURATION_DEFAULTS as DEFAULTS } from "../configuration-defaults.ts";
import { text } from "../setting-kinds.ts";

const NAME = String.raw`(?:@[a-z\d~-][a-z\d._~-]*/)?[a-z\d~-][a-z\d._~-]*`;
const VERSION = String.raw`\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?`;

/** A package of npm in one version: `@acme/capstan-plugin@1.2.3`. */
export const PINNED = new RegExp(`^(?<name>${NAME})@(?<version>${VERSION})$`);

/** Names of packages: one, or all that begin alike. */
const PATTERN = new RegExp(String.raw`^(?:${NAME}|(?:@[a-z\d~-][a-z\d._~-]*/)?(?:[a-z\d~-][a-z\d._~-]*)?\*)$`);

export const pluginsSchema = z.strictObject({
  folder: text
    .default(DEFAULTS.plugins.folder)
    .describe("Folder of plugins that are not part of the installation; plugins in the data folder by default"),
  packages: z
    .array(text.regex(PINNED, { error: "it must be a package in one version, such as @acme/capstan-plugin@1.2.3" }))
    .default(DEFAULTS.plugins.packages)
    .describe("Packages of npm that must be there, each in one version; `capstan plugin install` installs them"),
  allow: z
    .array(
      text.regex(PATTERN, { error: "it must be the name of a package, or the beginning of names, such as @acme/*" }),
    )
    .default(DEFAULTS.plugins.allow)
    .describe("Which other packages of that folder are loaded as well: names, or beginnings of names with a * behind"),
});

export type PluginSettings = z.output<typeof pluginsSchema>;

/** Whether a package may be loaded in that version. */
export function isAllowed({ packages, allow }: PluginSettings, name: string, version: string): boolean {
  return (
    packages.includes(`${name}@${version}`) ||
    allow.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern))
  );
}
