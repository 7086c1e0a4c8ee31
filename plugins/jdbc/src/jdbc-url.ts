import { TaskFailure } from "@capstan/sdk";

/** Where a server is, and what its address says besides. */
export interface JdbcAddress {
  /** In the order in which they are tried; one at least. */
  readonly hosts: readonly Host[];
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** By their names in small letters. */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Host {
  readonly host: string;
  readonly port: number;
}

interface UrlShape {
  /** What stands behind `jdbc:`. */
  readonly schemes: readonly string[];
  readonly port: number;
  readonly example: string;
}

const URL_PARTS = /^(?:jdbc:)?([a-z]+):(?:\/\/([^/?;]*))?\/?([^?;]*)(?:[?;](.*))?$/su;
const HOST = /^(?:\[([\da-f:.%]+)\]|([^:[\]]*))(?::(\d+))?$/iu;

/**
 * Reads `jdbc:scheme://host:port,host:port/database?name=value&…`. Throws `TaskFailure` that says what of it is wrong, without showing it: it
 * may hold a password.
 */
export function parseJdbcUrl(url: string, { schemes, port, example }: UrlShape): JdbcAddress {
  const wrong = (reason: string) => new TaskFailure(`\`url\` can't be used: ${reason}. It looks like ${example}`);
  const [, scheme = "", authority = "", path = "", query = ""] = URL_PARTS.exec(url.trim()) ?? [];
  if (!schemes.includes(scheme)) throw wrong(`it does not begin with jdbc:${schemes[0]}:`);
  const decoded = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw wrong("a % in it is not followed by two digits of a character");
    }
  };
  const parameters = new Map(
    query
      .split(/[&;]/u)
      .filter((pair) => pair !== "")
      .map((pair) => {
        const [name = "", ...value] = pair.split("=");
        return [decoded(name).toLowerCase(), decoded(value.join("="))] as const;
      }),
  );
  const at = authority.lastIndexOf("@");
  const [user, ...password] = authority.slice(0, Math.max(0, at)).split(":");
  const hosts = authority
    .slice(at + 1)
    .split(",")
    .map((text) => {
      const [, address, name, written] = HOST.exec(text) ?? [];
      const number = written === undefined ? port : Number(written);
      if ((address ?? name) === undefined || number > 65_535)
        throw wrong("its host is no name, with a port or without");
      return { host: decoded(address ?? name!) || "localhost", port: number };
    });
  return {
    hosts,
    database: path === "" ? undefined : decoded(path),
    user: parameters.get("user") ?? (user === "" || user === undefined ? undefined : decoded(user)),
    password: parameters.get("password") ?? (password.length === 0 ? undefined : decoded(password.join(":"))),
    parameters,
  };
}

/** A host in a message. */
export function hostLabel({ host, port }: Host): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a parameter of an address that is true or false is true; undefined when it is neither. */
export function flagOf({ parameters }: JdbcAddress, name: string): boolean | undefined {
  const value = parameters.get(name)?.toLowerCase();
  if (value === "" || value === "true") return true;
  return value === "false" ? false : undefined;
}
