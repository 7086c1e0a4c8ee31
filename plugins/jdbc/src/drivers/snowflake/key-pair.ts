import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { TaskFailure } from "@capstan/sdk";

/** How long a login may take, in seconds. */
const LIFETIME_S = 120;

interface KeyPairLogin {
  readonly account: string;
  readonly user: string;
  /** PEM, or the lines of it between the first and the last. */
  readonly privateKey: string;
  readonly passphrase: string | undefined;
}

/** A token that says who comes in, signed with the key of that user. `nowS` are seconds since 1970. Throws `TaskFailure` for a key that is none. */
export function keyPairToken({ account, user, privateKey, passphrase }: KeyPairLogin, nowS: number): string {
  const key = keyOf(privateKey, passphrase);
  const name = `${account.toUpperCase()}.${user.toUpperCase()}`;
  const claims = { iss: `${name}.${fingerprintOf(key)}`, sub: name, iat: nowS, exp: nowS + LIFETIME_S };
  const signed = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => encoded(JSON.stringify(part))).join(".");
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

/** What the account knows the public key by. */
function fingerprintOf(key: KeyObject): string {
  const bytes = createPublicKey(key).export({ format: "der", type: "spki" });
  return `SHA256:${createHash("sha256").update(bytes).digest("base64")}`;
}

function keyOf(written: string, passphrase: string | undefined): KeyObject {
  const pem = pemOf(written, passphrase !== undefined);
  if (passphrase === undefined && /^-----BEGIN ENCRYPTED |^Proc-Type: .*ENCRYPTED/mu.test(pem))
    throw new TaskFailure("`privateKey` can't be read: it is encrypted: give `privateKeyPassword`.");
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // What the library says is of no use to anybody, and is not passed on: it has seen the key.
    throw new TaskFailure(`\`privateKey\` can't be read: ${WRONG_KEY}.`);
  }
  if (key.asymmetricKeyType !== "rsa")
    throw new TaskFailure("`privateKey` is no RSA key, which is what Snowflake takes.");
  return key;
}

const WRONG_KEY =
  "it is no PKCS#8 key in PEM, with its first and last line or without, or `privateKeyPassword` is another one";

function pemOf(written: string, isEncrypted: boolean): string {
  const text = written.trim();
  if (text.startsWith("-----BEGIN ")) return text;
  const label = `${isEncrypted ? "ENCRYPTED " : ""}PRIVATE KEY`;
  const lines = text.replaceAll(/\s+/gu, "").match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}
