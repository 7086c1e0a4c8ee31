import { loadConfiguration, type Setting } from "@capstan/cli/reference";
import { type GeneratedPage, generatedPage, table } from "./generated-page.ts";

/** Every setting, from the one schema that the server reads. */
export function configurationPage(): GeneratedPage {
  const { settings } = loadConfiguration(undefined, {});
  return generatedPage("docs/reference/configuration.md", "`packages/cli/src/configuration.ts`", [
    "# Settings",
    "A setting comes from the file of `--config` (YAML, with the dots as levels), or from its environment variable, which goes\nfirst. An unknown key is an error; an unknown variable\nthat begins with `CAPSTAN_` is a warning, since it may be another program's. `capstan config explain` prints what each setting is, and where that comes from.",
    table(["setting", "environment variable", "default", "what it does"], settings.map(rowOf)),
  ]);
}

function rowOf({ key, environmentName, value, description, choices }: Setting): readonly string[] {
  const values = choices === undefined ? "" : `: ${choices.map((choice) => `\`${choice}\``).join(", ")}`;
  return [
    `\`${key}\``,
    environmentName === undefined ? "" : `\`${environmentName}\``,
    value === undefined ? "" : `\`${JSON.stringify(value)}\``,
    `${description}${values}`,
  ];
}
