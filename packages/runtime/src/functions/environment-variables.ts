/** Prefixes of variables that flows may read; the second is older. */
export const ENVIRONMENT_PREFIXES = ["ENV_", "KESTRA_"] as const;

/**
 * What `envs` shows: variables with one of the prefixes, without it, in lower case and as written, so that `envs.my_var` and
 * `envs.MY_VAR` both work. Of one name, the earlier prefix goes first.
 */
export function environmentVariables(
  env: Readonly<Record<string, string | undefined>>,
  prefixes: readonly string[] = ENVIRONMENT_PREFIXES,
): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  const add = (name: string, value: string) => {
    if (!values.has(name)) values.set(name, value);
  };
  for (const prefix of prefixes) {
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined || !name.startsWith(prefix) || name.length === prefix.length) continue;
      add(name.slice(prefix.length).toLowerCase(), value);
      add(name.slice(prefix.length), value);
    }
  }
  return Object.fromEntries(values);
}
