import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskOf } from "../../testing/task-of.ts";

let folder: string;
let cluster: PostgresCluster;
let port: number;

/** `plain` may come unencrypted alone, `sure` encrypted alone, `certified` with a certificate of ours alone. */
const RULES = `local all capstan trust
hostnossl all plain all trust
hostssl all sure all trust
hostssl all certified all cert
host all capstan all trust
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "capstan-tls-"));
  makeCertificates();
  port = await freePort();
  cluster = await startPostgresCluster({
    port,
    settings: { ssl: "on", ssl_ca_file: "ours.crt" },
    files: {
      "server.key": textOf("server.key"),
      "server.crt": textOf("server.crt"),
      "ours.crt": textOf("ours.crt"),
      "pg_hba.conf": RULES,
    },
  });
  await cluster.query("CREATE USER plain; CREATE USER sure; CREATE USER certified");
});
afterAll(async () => {
  await cluster.dispose();
  rmSync(folder, { recursive: true });
});

function textOf(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

/** An authority, certificates of it for `localhost` and for `certified`, and another authority. */
function makeCertificates(): void {
  const openssl = (words: string) => execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  const fresh = "req -newkey rsa:2048 -nodes";
  for (const name of ["ours", "other"])
    openssl(`${fresh} -x509 -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.crt`);
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost");
  for (const [name, subject] of [
    ["server", "localhost"],
    ["client", "certified"],
  ] as const) {
    openssl(`${fresh} -subj /CN=${subject} -keyout ${name}.key -out ${name}.csr`);
    const signed = "x509 -req -CA ours.crt -CAkey ours.key -CAcreateserial -days 2 -extfile names";
    openssl(`${signed} -in ${name}.csr -out ${name}.crt`);
  }
  openssl("pkcs8 -topk8 -in client.key -passout pass:opener -out locked.key");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

interface Wanted {
  readonly host?: string;
  readonly user?: string;
  readonly query?: string;
  readonly [property: string]: string | boolean | undefined;
}

/** Texts of files for properties that name one with an `@`. */
function withFiles(properties: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === "string" && value.startsWith("@") ? textOf(value.slice(1)) : value,
    ]),
  ) as Record<string, string>;
}

/** How a query ends: with the word TLS or plain for its connection, or with why there is none. */
async function connection({
  host = "localhost",
  user = "capstan",
  query = "",
  ...properties
}: Wanted): Promise<string> {
  await using world = createTestWorld();
  const { outputs, message } = await world.run(taskOf("postgresql.Query"), {
    url: `jdbc:postgresql://${host}:${port}/postgres${query}`,
    username: user,
    sql: "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    fetchType: "FETCH_ONE",
    ...withFiles(properties),
  });
  if (message !== undefined) return message;
  return (outputs!["row"] as { ssl: boolean }).ssl ? "TLS" : "plain";
}

test.each<[Wanted, string | RegExp]>([
  [{}, "TLS"],
  [{ sslMode: "PREFER" }, "TLS"],
  [{ user: "plain" }, "plain"],
  [{ sslMode: "DISABLE" }, "plain"],
  [{ sslMode: "DISABLE", user: "sure" }, /no pg_hba.conf entry .* no encryption/],
  [{ sslMode: "ALLOW" }, "plain"],
  [{ sslMode: "ALLOW", user: "sure" }, "TLS"],
  [{ sslMode: "REQUIRE" }, "TLS"],
  [{ sslMode: "REQUIRE", user: "plain" }, /no pg_hba.conf entry/],
  [{ sslMode: "REQUIRE", sslRootCert: "@other.crt" }, /signature|certificate/],
  [{ sslMode: "VERIFY_CA", host: "127.0.0.1", sslRootCert: "@ours.crt" }, "TLS"],
  [{ sslMode: "VERIFY_CA", sslRootCert: "@other.crt" }, /signature|certificate/],
  [{ sslMode: "VERIFY_FULL", sslRootCert: "@ours.crt" }, "TLS"],
  [{ sslMode: "VERIFY_FULL", sslRootCert: "@ours.crt", host: "127.0.0.1" }, /altnames/],
  [{ sslMode: "VERIFY_FULL" }, /certificate/],
  [{ ssl: true, sslRootCert: "@ours.crt" }, "TLS"],
  [{ ssl: true }, /certificate/],
  [{ query: "?ssl=true" }, /certificate/],
  [{ query: "?sslmode=disable" }, "plain"],
  [{ query: "?sslmode=disable", sslMode: "REQUIRE" }, "TLS"],
  [{ query: "?sslmode=verify-ca", sslRootCert: "@ours.crt", host: "127.0.0.1" }, "TLS"],
  [{ user: "certified", sslMode: "REQUIRE" }, /certificate/],
  [{ user: "certified", sslMode: "REQUIRE", sslCert: "@client.crt", sslKey: "@client.key" }, "TLS"],
  [{ user: "certified", sslCert: "@client.crt", sslKey: "@locked.key", sslKeyPassword: "opener" }, "TLS"],
  [
    { user: "certified", sslMode: "REQUIRE", sslCert: "@client.crt", sslKey: "@locked.key", sslKeyPassword: "no" },
    /decrypt/,
  ],
])("with %j a connection is: %s", async (wanted, outcome) => {
  expect(await connection(wanted)).toMatch(outcome);
});

test.each<[Wanted, string]>([
  [
    { query: "?sslmode=verify" },
    "`sslmode` of `url` is no mode. It may be disable, allow, prefer, require, verify_ca, verify_full.",
  ],
  [
    { query: "?sslrootcert=/etc/passwd" },
    "`url` names a file with sslrootcert, and files of the server can't be reached.",
  ],
  [{ sslRootCert: "/etc/passwd" }, "`sslRootCert` is no PEM"],
  [{ sslCert: "@client.crt" }, "`sslCert` and `sslKey` belong together"],
])("%j is refused", async (wanted, message) => {
  expect(await connection(wanted)).toContain(message);
});
