import type { ConnectionOptions } from "node:tls";
import { type ExecutionFiles, isFileAddress, TaskFailure } from "@capstan/sdk";
import type { SASLOptions } from "@platformatic/kafka";
import type { ClientProperties } from "./client-properties.ts";

export interface Security {
  readonly tls?: ConnectionOptions;
  readonly sasl?: SASLOptions;
}

const PROTOCOLS = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;
const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
/** Of a key store or a certificate, in bytes. */
export const STORE_BYTES_MAX = 1_048_576;

/** How to connect, as `security.protocol` and its kin say. Throws `TaskFailure`, without what is secret. */
export async function securityOf(
  properties: ClientProperties,
  files: Pick<ExecutionFiles, "read">,
  mask: (value: string) => void,
): Promise<Security> {
  const protocol = properties.oneOf("security.protocol", PROTOCOLS) ?? "PLAINTEXT";
  return {
    ...(protocol.endsWith("SSL") ? { tls: await tlsOf(properties, files, mask) } : {}),
    ...(protocol.startsWith("SASL") ? { sasl: saslOf(properties, mask) } : {}),
  };
}

function saslOf(properties: ClientProperties, mask: (value: string) => void): SASLOptions {
  const mechanism = properties.oneOf("sasl.mechanism", MECHANISMS);
  if (mechanism === undefined)
    throw new TaskFailure(
      "`security.protocol` asks for SASL, but `sasl.mechanism` is not given. Set it to PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
    );
  const jaas = properties.text("sasl.jaas.config");
  const username = jaasOption(jaas, "username");
  const password = jaasOption(jaas, "password");
  if (username === undefined || password === undefined)
    throw new TaskFailure(
      "`sasl.jaas.config` does not name a user and a password. Write it as " +
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";',
    );
  mask(password);
  return { mechanism, username, password };
}

/** The value of one option, in double or single quotes or without; a backslash takes the next letter as it is. */
function jaasOption(jaas: string | undefined, name: string): string | undefined {
  const match = new RegExp(
    `(?:^|\\s)${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'((?:[^'\\\\]|\\\\.)*)'|([^\\s;]+))`,
    "su",
  ).exec(jaas ?? "");
  return (match?.[1] ?? match?.[2])?.replace(/\\(.)/gsu, "$1") ?? match?.[3];
}

async function tlsOf(
  properties: ClientProperties,
  files: Pick<ExecutionFiles, "read">,
  mask: (value: string) => void,
): Promise<ConnectionOptions> {
  properties.text("ssl.truststore.type"); // What a store is, its content says.
  properties.text("ssl.keystore.type");
  const [trustWord, storeWord, keyWord] = ["ssl.truststore.password", "ssl.keystore.password", "ssl.key.password"].map(
    properties.text,
  );
  for (const word of [trustWord, storeWord, keyWord]) if (word !== undefined) mask(word);
  const authority = await storeOf(properties, "ssl.truststore.location", files);
  const pair = await storeOf(properties, "ssl.keystore.location", files);
  const certificates = pemOf(properties.text("ssl.truststore.certificates"));
  const chain = pemOf(properties.text("ssl.keystore.certificate.chain"));
  const key = pemOf(properties.text("ssl.keystore.key"));
  if (authority !== undefined && !isPem(authority))
    throw new TaskFailure(
      "`ssl.truststore.location` is a store of PKCS 12, of which only key stores are supported. Make PEM of it with " +
        "`openssl pkcs12 -in truststore.p12 -nokeys -out authority.pem`.",
    );
  const ca = certificates ?? authority;
  const passphrase = keyWord ?? storeWord;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(pair === undefined ? {} : isPem(pair) ? { key: pair, cert: pair } : { pfx: pair }),
    ...(chain === undefined ? {} : { cert: chain }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(isNameChecked(properties) ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** An empty text is what turns the check off, so that it can't be asked for as other texts. */
function isNameChecked(properties: ClientProperties): boolean {
  const algorithm = properties.oneOf("ssl.endpoint.identification.algorithm", ["https", "none"]);
  return algorithm !== "none" && properties.given("ssl.endpoint.identification.algorithm") !== "";
}

/** PEM may come on one line, with `\n` for its ends. */
function pemOf(text: string | undefined): string | undefined {
  return text?.replaceAll(String.raw`\n`, "\n");
}

async function storeOf(
  properties: ClientProperties,
  name: string,
  files: Pick<ExecutionFiles, "read">,
): Promise<Buffer | undefined> {
  const given = properties.text(name);
  if (given === undefined) return undefined;
  const store = inlineStore(given) ?? (await readStore(name, given, files));
  if (store.subarray(0, 4).equals(JKS_START))
    throw new TaskFailure(
      `\`${name}\` is a Java key store (JKS), which is not supported. Make PKCS 12 of a key store with \`keytool -importkeystore ` +
        "-deststoretype PKCS12`, and PEM of a trust store with `keytool -list -rfc`.",
    );
  return store;
}

const JKS_START = Buffer.from("feedfeed", "hex");
const DER_START = 0x30;

/** A store that is given as its own content: PEM, or the Base64 of a file. */
function inlineStore(given: string): Buffer | undefined {
  if (given.startsWith("-----BEGIN")) return Buffer.from(given);
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/u.test(given)) return undefined;
  const bytes = Buffer.from(given, "base64");
  return bytes[0] === DER_START || bytes.subarray(0, 4).equals(JKS_START) || isPem(bytes) ? bytes : undefined;
}

async function readStore(name: string, given: string, files: Pick<ExecutionFiles, "read">): Promise<Buffer> {
  const stream = await files.read(isFileAddress(given) ? given : `file://${given}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > STORE_BYTES_MAX) throw new TaskFailure(`\`${name}\` has more than ${STORE_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isPem(store: Buffer): boolean {
  return store.includes("-----BEGIN");
}
