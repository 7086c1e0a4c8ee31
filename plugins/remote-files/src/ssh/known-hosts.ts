import { createHmac, timingSafeEqual } from "node:crypto";

/** What a flow knows of the key of one server. */
export interface KnownKeys {
  /** Kinds of the keys that are known, such as `ssh-ed25519`. */
  readonly kinds: readonly string[];
  /** Whether the server has this key, in the form that SSH sends it. */
  has(key: Buffer): boolean;
}

/** The keys of a server in lines as `ssh-keyscan` prints them and `known_hosts` keeps them; hashed names and patterns too. */
export function knownKeys(lines: string, { host, port }: { readonly host: string; readonly port: number }): KnownKeys {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const known: { readonly kind: string; readonly key: Buffer }[] = [];
  const revoked: Buffer[] = [];
  for (const line of lines.split("\n")) {
    const words = line.trim().split(/\s+/u);
    const mark = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    const [names, kind, encoded] = words;
    if (names === undefined || kind === undefined || encoded === undefined || names.startsWith("#")) continue;
    // A key of an authority signs keys of servers, and is none.
    if (mark === "@cert-authority" || !isNamed(names, name)) continue;
    const key = Buffer.from(encoded, "base64");
    if (mark === "@revoked") revoked.push(key);
    else known.push({ kind, key });
  }
  const isOneOf = (keys: readonly Buffer[], key: Buffer) => keys.some((other) => other.equals(key));
  return {
    kinds: [...new Set(known.map(({ kind }) => kind))],
    has: (key) => {
      const keys = known.map((one) => one.key);
      return isOneOf(keys, key) && !isOneOf(revoked, key);
    },
  };
}

function isNamed(names: string, name: string): boolean {
  if (names.startsWith("|1|")) return isHashOf(names, name);
  const patterns = names.toLowerCase().split(",");
  const matches = (pattern: string) => matchesPattern(pattern, name.toLowerCase());
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)))
  );
}

function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = "", hash = ""] = hashed.split("|");
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function matchesPattern(pattern: string, name: string): boolean {
  if (!/[*?]/u.test(pattern)) return pattern === name;
  const source = pattern
    .replaceAll(/[\\^$.+()[\]{}|]/gu, "\\$&")
    .replaceAll(/\*+/gu, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "u").test(name);
}
