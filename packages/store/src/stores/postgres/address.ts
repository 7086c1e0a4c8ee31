import { readFileSync } from "node:fs";
import { StoreError } from "../../errors.ts";

/** Where a database is, and how to come in. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly security: Security;
  /** For messages: without user and password. */
  readonly label: string;
}

/** As the settings of the same names of libpq. */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

interface Security {
  readonly mode: SslMode;
  /** A certificate of who may have signed the server's; the system's own by default. */
  readonly rootCertificate: string | undefined;
}

/** Where the tables are. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. */
  readonly url: string;
  /** Goes before the password of the URL. */
  readonly password?: string | undefined;
  /** The schema that holds the tables, which is made; a plain word. `capstan` by default. */
  readonly schema?: string | undefined;
}

export const DEFAULT_SCHEMA = "capstan";
/** How long the network may be silent before a connection counts as lost, unless it is said otherwise, in milliseconds. */
export const SILENCE_MS_MAX = 10_000;

const SSL_MODES: readonly string[] = ["disable", "prefer", "require", "verify-ca", "verify-full"] satisfies SslMode[];
const PARAMETERS = ["host", "sslmode", "sslrootcert"];
const EXAMPLE = "postgres://user@host:5432/database?sslmode=verify-full";

/** The address of a database; throws `store-refused` for one that can't be, and for a schema that is no plain word. */
export function addressOf({ url, password, schema = DEFAULT_SCHEMA }: DatabaseOptions): PostgresAddress {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new StoreError("store-refused", `the schema "${schema}" is no plain word of small letters, digits and _`);
  const address = parseAddress(url);
  return password === undefined ? address : { ...address, password };
}

/** Reads `postgres://user:password@host:port/database?sslmode=…`; throws `store-refused` that says what of it is wrong. */
export function parseAddress(text: string): PostgresAddress {
  const url = urlOf(text);
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw wrong(`it has the parameter "${unknown}"; known are ${PARAMETERS.join(", ")}`);
  const host = url.searchParams.get("host") ?? decoded(url.hostname.replaceAll(/^\[|\]$/g, ""));
  const database = decoded(url.pathname.slice(1));
  const user = decoded(url.username);
  if (user === "") throw wrong("it names no user");
  if (database === "" || database.includes("/")) throw wrong("it names no database");
  const port = url.port === "" ? 5432 : Number(url.port);
  return {
    host: host === "" ? "localhost" : host,
    port,
    database,
    user,
    password: url.password === "" ? undefined : decoded(url.password),
    security: securityOf(url, host),
    label: `${host === "" ? "localhost" : host}:${port}/${database}`,
  };
}

function urlOf(text: string): URL {
  if (!/^postgres(?:ql)?:\/\//.test(text)) throw wrong("it does not begin with postgres://");
  try {
    return new URL(text);
  } catch {
    // Its own error shows the text, and with it the password.
    throw wrong("it is no URL; characters of the password such as @, / and # are written as %40, %2F and %23");
  }
}

function securityOf(url: URL, host: string): Security {
  const given = url.searchParams.get("sslmode") ?? (host.startsWith("/") ? "disable" : "prefer");
  const file = url.searchParams.get("sslrootcert");
  if (!SSL_MODES.includes(given)) throw wrong(`sslmode is "${given}"; it may be ${SSL_MODES.join(", ")}`);
  return { mode: given as SslMode, rootCertificate: file === null ? undefined : certificateOf(file) };
}

function certificateOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new StoreError("store-refused", `sslrootcert: ${(error as Error).message}`, { cause: error });
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("a % in it is not followed by two digits of a character");
  }
}

function wrong(reason: string): StoreError {
  return new StoreError(
    "store-refused",
    `the address of the database can't be used: ${reason}. It looks like ${EXAMPLE}`,
  );
}
