import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPostgresStore } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";

let folder: string;
let cluster: PostgresCluster;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "capstan-tls-"));
  makeCertificates();
  port = await freePort();
  const [key, certificate] = ["server.key", "server.crt"].map((name) => readFileSync(join(folder, name), "utf8"));
  cluster = await startPostgresCluster({
    port,
    settings: { ssl: "on" },
    files: { "server.key": key!, "server.crt": certificate! },
  });
});
afterAll(async () => {
  await cluster.dispose();
  rmSync(folder, { recursive: true });
});

/** An authority, a certificate of it for `localhost`, and another authority. */
function makeCertificates(): void {
  const openssl = (words: string) => execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  const fresh = "req -newkey rsa:2048 -nodes";
  for (const name of ["ours", "other"])
    openssl(`${fresh} -x509 -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.crt`);
  openssl(`${fresh} -subj /CN=localhost -keyout server.key -out server.csr`);
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost");
  const signed = "x509 -req -in server.csr -CA ours.crt -CAkey ours.key -CAcreateserial";
  openssl(`${signed} -days 2 -extfile names -out server.crt`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** How a start ends: with the word TLS or none for its connections, or with the code of the refusal. */
async function start(host: string, parameters: string): Promise<string> {
  const given = parameters.replace("@", `${folder}/`);
  const store = createPostgresStore({ url: `postgres://capstan@${host}:${port}/postgres?${given}` });
  try {
    await store.start();
    const secure = "SELECT bool_and(ssl) AS secure FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)";
    const [row] = await cluster.query<{ secure: boolean }>(`${secure} WHERE application_name = 'capstan'`);
    return row!.secure ? "TLS" : "none";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await store.stop();
  }
}

test.each([
  ["localhost", "sslmode=disable", "none"],
  ["localhost", "", "TLS"],
  ["localhost", "sslmode=require", "TLS"],
  ["localhost", "sslmode=require&sslrootcert=@other.crt", "store-refused"],
  ["127.0.0.1", "sslmode=verify-ca&sslrootcert=@ours.crt", "TLS"],
  ["localhost", "sslmode=verify-ca&sslrootcert=@other.crt", "store-refused"],
  ["localhost", "sslmode=verify-full&sslrootcert=@ours.crt", "TLS"],
  ["127.0.0.1", "sslmode=verify-full&sslrootcert=@ours.crt", "store-refused"],
  ["localhost", "sslmode=verify-full", "store-refused"],
])("at %s with %s a start ends with %s", async (host, parameters, outcome) => {
  expect(await start(host, parameters)).toBe(outcome);
});
