import { TaskFailure } from "@capstan/sdk";
import { imageName, sameRegistry } from "./image-name.ts";

/** What opens a registry. */
export interface Credentials {
  readonly registry?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly registryToken?: string | undefined;
  readonly identityToken?: string | undefined;
  /** `username:password` in base64. */
  readonly auth?: string | undefined;
}

/** How registries are opened: what a task says of one, and a configuration of Docker for all others. */
export interface RegistryAccess {
  readonly credentials?: Credentials | undefined;
  /** As in `~/.docker/config.json`: a map, or its JSON text. */
  readonly config?: unknown;
}

/** An entry of `auths` in a configuration of Docker. */
interface ConfigEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** As the API of engines wants it. */
type AuthConfig = Readonly<Record<string, string>>;

/** The header with which an engine opens the registry of an image; empty where nothing is known of it. */
export function authHeader(access: RegistryAccess, image: string): Readonly<Record<string, string>> {
  const { registry } = imageName(image);
  const found = authConfigs(access, registry).find(([name]) => sameRegistry(name, registry));
  return found === undefined ? {} : { "x-registry-auth": encoded(found[1]) };
}

/** The header with which a build opens the registries that its images come from. */
export function configHeader(access: RegistryAccess): Readonly<Record<string, string>> {
  const all = Object.fromEntries(authConfigs(access, "https://index.docker.io/v1/").toReversed());
  return Object.keys(all).length === 0 ? {} : { "x-registry-config": encoded(all) };
}

/** Registries with what opens them, those of the task before those of the configuration. */
function authConfigs(access: RegistryAccess, unnamed: string): readonly (readonly [string, AuthConfig])[] {
  const { credentials } = access;
  const own = credentials === undefined ? [] : [ofCredentials(credentials, unnamed)];
  return [...own, ...ofConfig(access.config)];
}

function ofCredentials(credentials: Credentials, unnamed: string): readonly [string, AuthConfig] {
  const { registry = unnamed, username, password, registryToken, identityToken, auth } = credentials;
  return [
    registry,
    authConfig(registry, { username, password, auth, identitytoken: identityToken, registrytoken: registryToken }),
  ];
}

function ofConfig(config: unknown): readonly (readonly [string, AuthConfig])[] {
  const { auths = {} } = configMap(config) as { auths?: Readonly<Record<string, ConfigEntry>> };
  return Object.entries(auths).map(([registry, entry]) => [registry, authConfig(registry, entry)] as const);
}

function configMap(config: unknown): object {
  if (config === undefined || config === null || config === "") return {};
  try {
    const map: unknown = typeof config === "string" ? JSON.parse(config) : config;
    if (typeof map === "object" && map !== null && !Array.isArray(map)) return map;
  } catch {
    // What does not parse may be a secret: it is not shown.
  }
  throw new TaskFailure("`config` is no configuration of Docker: write a map with `auths`, or JSON text of one");
}

function authConfig(registry: string, entry: { readonly [name in keyof ConfigEntry]: string | undefined }): AuthConfig {
  const { auth, ...plain } = entry;
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth ?? "", "base64").toString("utf8")) ?? [];
  const known = { username, password, ...defined(plain), serveraddress: registry };
  return defined(known);
}

function defined(values: Readonly<Record<string, string | undefined>>): AuthConfig {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** Base64 for URLs, with its padding: without it engines take the header for none, and say nothing. */
function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
