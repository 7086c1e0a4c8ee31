import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { describe, expect, test } from "vitest";
import { clientPropertiesOf, reportUnasked } from "./client-properties.ts";
import { securityOf, STORE_BYTES_MAX } from "./security.ts";

async function secured(given: Record<string, string>, file: string | Buffer = "") {
  const masked: string[] = [];
  const asked: string[] = [];
  const read = async (uri: string) => {
    asked.push(uri);
    return Readable.from([Buffer.from(file)]);
  };
  const properties = clientPropertiesOf(given);
  const security = await securityOf(properties, { read }, (word) => void masked.push(word));
  return { ...security, masked, asked, unasked: properties.unasked() };
}

const plain = (jaas: string) => ({
  "security.protocol": "sasl_plaintext",
  "sasl.mechanism": "PLAIN",
  "sasl.jaas.config": jaas,
});
const login = "org.apache.kafka.common.security.plain.PlainLoginModule required";

describe("a login", () => {
  test.each([
    [`${login} username="ann" password="open sesame";`, "open sesame"],
    [`${login}\n  username='ann'\n  password='a "b"' ;`, 'a "b"'],
    [`${login} username=ann password=word;`, "word"],
    [String.raw`${login} password="say \"no\" \\ yes" username="ann";`, String.raw`say "no" \ yes`],
    [`${login} serviceName="x" username="ann" password="a;b=c";`, "a;b=c"],
  ])("of %s is read", async (jaas, password) => {
    const { sasl, tls, masked } = await secured(plain(jaas));
    expect({ sasl, tls, masked }).toEqual({
      sasl: { mechanism: "PLAIN", username: "ann", password },
      tls: undefined,
      masked: [password],
    });
  });

  test.each([
    [{ ...plain(`${login} username="ann";`) }, "`sasl.jaas.config` does not name a user and a password."],
    [{ "security.protocol": "SASL_SSL" }, "`sasl.mechanism` is not given."],
    [{ ...plain(login), "sasl.mechanism": "GSSAPI" }, 'The property `sasl.mechanism` is "GSSAPI", but can be'],
    [{ "security.protocol": "TLS" }, 'The property `security.protocol` is "TLS", but can be'],
  ])("of %j is refused", async (given, message) => {
    await expect(secured(given)).rejects.toThrow(message);
  });
});

describe("TLS", () => {
  const ssl = (more: Record<string, string> = {}) => ({ "security.protocol": "SSL", ...more });

  test("is asked for without more, and checks names", async () => {
    expect((await secured(ssl())).tls).toEqual({});
    expect((await secured({})).tls).toBeUndefined();
  });

  test.each(["", "none"])("checks no name when the algorithm is %j", async (algorithm) => {
    const { tls } = await secured(ssl({ "ssl.endpoint.identification.algorithm": algorithm }));
    expect(tls!.checkServerIdentity!("a", {} as never)).toBeUndefined();
  });

  test("takes a certificate and a key of its own, as texts", async () => {
    const given = {
      "ssl.keystore.type": "PEM",
      "ssl.keystore.certificate.chain": String.raw`-----BEGIN CERTIFICATE-----\nA`,
      "ssl.keystore.key": "-----BEGIN PRIVATE KEY-----",
      "ssl.key.password": "word",
    };
    const { tls, masked, unasked } = await secured(ssl(given));
    expect(tls).toEqual({
      cert: "-----BEGIN CERTIFICATE-----\nA",
      key: "-----BEGIN PRIVATE KEY-----",
      passphrase: "word",
    });
    expect({ masked, unasked }).toEqual({ masked: ["word"], unasked: [] });
  });

  test.each([
    ["/etc/kafka/authority.pem", "file:///etc/kafka/authority.pem"],
    ["kestra:///authority.pem", "kestra:///authority.pem"],
  ])("trusts the store at %s", async (location, uri) => {
    const { tls, asked } = await secured(ssl({ "ssl.truststore.location": location }), "-----BEGIN CERTIFICATE-----");
    expect({ ca: String(tls!.ca), asked }).toEqual({ ca: "-----BEGIN CERTIFICATE-----", asked: [uri] });
  });

  test("takes a key store of PKCS 12, as Base64", async () => {
    const folder = mkdtempSync(join(tmpdir(), "capstan-kafka-"));
    const openssl = (line: string) => execFileSync("openssl", line.split(" "), { cwd: folder, stdio: "ignore" });
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ann -keyout key.pem -out crt.pem");
    openssl("pkcs12 -export -inkey key.pem -in crt.pem -passout pass:word -out store.p12");
    const store = readFileSync(join(folder, "store.p12"));
    rmSync(folder, { recursive: true });
    const given = { "ssl.keystore.location": store.toString("base64"), "ssl.keystore.password": "word" };
    const { tls } = await secured(ssl(given));
    expect(tls).toEqual({ pfx: store, passphrase: "word" });
    expect(() => createSecureContext(tls)).not.toThrow();
    const trust = { "ssl.truststore.location": store.toString("base64") };
    await expect(secured(ssl(trust))).rejects.toThrow("is a store of PKCS 12, of which only key stores are supported");
  });

  test.each(["ssl.truststore.location", "ssl.keystore.location"])("refuses a Java key store as `%s`", async (name) => {
    const given = ssl({ [name]: "/u3+7QAAAAIAAAABAAAAAgAHY2FyZW9vdA==" });
    await expect(secured(given)).rejects.toThrow(`\`${name}\` is a Java key store (JKS), which is not supported.`);
  });

  test("reads no store of more than a mebibyte", async () => {
    const given = ssl({ "ssl.truststore.location": "/store" });
    const store = Buffer.alloc(STORE_BYTES_MAX, "-----BEGIN ");
    expect((await secured(given, store)).tls!.ca).toHaveLength(STORE_BYTES_MAX);
    await expect(secured(given, Buffer.concat([store, Buffer.from(".")]))).rejects.toThrow(
      "has more than 1048576 bytes",
    );
  });
});

describe("what nobody asked for", () => {
  const reported = (given: Record<string, string>) => {
    const warnings: string[] = [];
    const properties = clientPropertiesOf(given);
    reportUnasked(properties, { warn: (line: string) => void warnings.push(line) } as never);
    return warnings;
  };

  test("is warned of, unless nobody would miss it", () => {
    expect(reported({ "linger.ms": "1", "key.serializer": "x" })).toEqual([
      "Properties of the client without effect here: linger.ms.",
    ]);
    expect(reported({ "value.deserializer": "x" })).toEqual([]);
  });

  test.each(["sasl.login.class", "ssl.provider", "security.providers"])("is refused when it is `%s`", (name) => {
    expect(() => reported({ [name]: "x" })).toThrow(`\`${name}\` is not supported here`);
  });
});
