import { loadConfiguration, type Setting } from "../configuration.ts";
import { processEnvironment } from "../process-environment.ts";

export interface ConfigExplainOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Prints every setting: what it is now, where that came from, and what it does. Secrets are masked. */
export function configExplain(options: ConfigExplainOptions): number {
  const { settings, warnings } = loadConfiguration(options.config, processEnvironment());
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  const shown = settings.map((setting) => ({ ...setting, value: masked(setting) }));
  process.stdout.write(
    options.json === true ? `${JSON.stringify(shown, undefined, 2)}\n` : shown.map(format).join("\n"),
  );
  return 0;
}

function masked({ isSecret, value }: Setting): unknown {
  if (!isSecret || value === undefined) return value;
  if (Array.isArray(value)) return value.map(() => "******");
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.keys(value).map((key) => [key, "******"]))
    : "******";
}

function format({ key, value, from, place, environmentName, description, choices }: Setting): string {
  const origin = from === "default" ? "by default" : from === "file" ? `from ${place}` : `from ${environmentName}`;
  const values = choices === undefined ? "" : `: ${choices.join(", ")}`;
  const set = environmentName === undefined ? "file only" : environmentName;
  return `${key}: ${value === undefined ? "(not set)" : JSON.stringify(value)} (${origin})\n  ${description}${values}\n  set by: ${set}\n`;
}
