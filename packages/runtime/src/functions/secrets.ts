import { TaskFailure } from "@capstan/sdk";

/** Where secrets come from: the environment, or a secret manager. */
export interface SecretSource {
  /** Undefined when there is no such secret in the namespace. May ask a parent namespace, as the source sees fit. */
  find(tenant: string, namespace: string, key: string): Promise<string | undefined>;
  /** What there is, sorted. */
  names(tenant: string): Promise<readonly string[]>;
}

const PREFIX = "SECRET_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

export interface EnvironmentSecrets {
  readonly source: SecretSource;
  /** Names of variables whose value is no base64; they are left out. To be logged at start. */
  readonly invalid: readonly string[];
}

/** Secrets from `SECRET_<NAME>` variables with base64 values; names are looked up in upper case, for every namespace alike. */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): EnvironmentSecrets {
  const secrets = new Map<string, string>();
  const invalid: string[] = [];
  for (const [name, encoded] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || encoded === undefined) continue;
    const value = decodeBase64(encoded);
    if (value === undefined) invalid.push(name);
    else secrets.set(name.slice(PREFIX.length).toUpperCase(), value);
  }
  const source: SecretSource = {
    find: async (_tenant, _namespace, key) => secrets.get(key.toUpperCase()),
    names: async () => [...secrets.keys()].toSorted(),
  };
  return { source, invalid };
}

/** Secrets of the server itself, or of a worker: of its database, its bucket, its callers, its own token. */
const OF_THE_SERVER = /^CAPSTAN_\w*(?:PASSWORD|SECRET_KEY|SECRET_ACCESS_KEY|TOKENS?|DATABASE_URL)$/;

/** The variables without those that hold secrets: what code of plugins and commands of tasks may see. */
export function withoutSecrets(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const isVisible = (name: string): boolean => !name.startsWith(PREFIX) && !OF_THE_SERVER.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isVisible(name)));
}

/** The secret, or a field of it when it is a JSON map. Throws `TaskFailure` when there is none. */
export async function resolveSecret(
  source: SecretSource,
  from: { readonly tenant: string; readonly namespace: string },
  key: string,
  subkey?: string,
): Promise<string> {
  const value = await source.find(from.tenant, from.namespace, key);
  if (value === undefined) throw new TaskFailure(`Cannot find secret for key '${key}'.`);
  if (subkey === undefined) return value;
  const fields = parseMap(value);
  if (fields === undefined)
    throw new TaskFailure(`The secret '${key}' is no JSON map, so it has no field '${subkey}'.`);
  const field = Object.hasOwn(fields, subkey) ? fields[subkey] : undefined;
  if (field === undefined) throw new TaskFailure(`Cannot find secret sub-key '${subkey}' in secret '${key}'.`);
  return typeof field === "string" ? field : JSON.stringify(field);
}

function decodeBase64(text: string): string | undefined {
  const compact = text.replaceAll(/\s/g, "");
  return BASE64.test(compact) ? Buffer.from(compact, "base64").toString("utf8") : undefined;
}

function parseMap(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // Most secrets are plain text.
  }
}
