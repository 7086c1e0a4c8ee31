import { TaskFailure } from "@capstan/sdk";

/** What an address of SQL Server says. */
export interface SqlServerUrl {
  readonly host: string;
  /** A server that has several is asked for the port of this one. */
  readonly instance: string | undefined;
  readonly port: number | undefined;
  /** By their names in small letters. */
  readonly parameters: ReadonlyMap<string, string>;
}

export const EXAMPLE_URL = "jdbc:sqlserver://localhost:1433;databaseName=shop;encrypt=true";
const SHAPE = /^jdbc:sqlserver:\/\/([^;]*)(?:;(.*))?$/isu;
const SERVER = /^(?:\[([\da-f:.%]+)\]|([^:[\]\\]*))(?:\\([^:\\]+))?(?::(\d+))?$/iu;
/** A value in braces may hold semicolons; `}}` is a brace in it. */
const PROPERTY = /\s*([^=;]+?)\s*=\s*(?:\{((?:[^}]|\}\})*)\}|((?!\{)[^;]*?))\s*(?:;|$)/uy;
const PORT_MAX = 65_535;

/**
 * Reads `jdbc:sqlserver://host\instance:port;name=value;…`. Throws `TaskFailure` that says what of it is wrong, without showing it: it may hold a
 * password.
 */
export function parseSqlServerUrl(url: string): SqlServerUrl {
  const wrong = (reason: string) => new TaskFailure(`\`url\` can't be used: ${reason}. It looks like ${EXAMPLE_URL}`);
  const [shape, server = "", written = ""] = SHAPE.exec(url.trim()) ?? [];
  if (shape === undefined) throw wrong("it does not begin with jdbc:sqlserver://");
  const parameters = parametersOf(written);
  if (parameters === undefined) throw wrong("behind its first semicolon there is more than name=value;name=value");
  const [found, address, host, instance, port] = SERVER.exec(server.replace(/\/$/u, "")) ?? [];
  const number = port ?? parameters.get("portnumber") ?? parameters.get("port");
  if (found === undefined || (number !== undefined && !(Number(number) >= 1 && Number(number) <= PORT_MAX)))
    throw wrong("its host is no name, with a port or without");
  return {
    host: (address ?? host) || (parameters.get("servername") ?? parameters.get("server") ?? "localhost"),
    instance: instance ?? parameters.get("instancename"),
    port: number === undefined ? undefined : Number(number),
    parameters,
  };
}

function parametersOf(written: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  const rest = written.replace(/[;\s]+$/u, "");
  for (PROPERTY.lastIndex = 0; PROPERTY.lastIndex < rest.length;) {
    const [found, name, braced, plain = ""] = PROPERTY.exec(rest) ?? [];
    if (found === undefined) return undefined;
    parameters.set(name!.toLowerCase(), braced === undefined ? plain : braced.replaceAll("}}", "}"));
  }
  return parameters;
}
