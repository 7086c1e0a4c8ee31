import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { query } from "./query.ts";
import { type CassandraServer, startCassandra } from "./testing/cassandra-server.ts";

let folder: string;
let server: CassandraServer;
const texts: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-tls-"));
  const openssl = (words: string) => execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  for (const name of ["server", "client"]) {
    const subject = `-subj /CN=${name} -addext subjectAltName=DNS:cassandra.internal`;
    openssl(`req -x509 -newkey rsa:2048 -nodes -days 2 ${subject} -keyout ${name}-key -out ${name}`);
    texts[name] = readFileSync(join(folder, name), "utf8");
  }
  const both = (name: string) => texts[name]! + readFileSync(join(folder, `${name}-key`), "utf8");
  texts["both"] = both("client");
  writeFileSync(join(folder, "server-both"), both("server"));
  const stores = `keystore: ${folder}/server-both, truststore: ${folder}/client`;
  const factory = "ssl_context_factory: { class_name: org.apache.cassandra.security.PEMBasedSslContextFactory }";
  server = await startCassandra(
    () =>
      `client_encryption_options: { enabled: true, optional: false, require_client_auth: true, ${factory}, ${stores} }\n`,
  );
  // The first user is made when the server listens already.
  await vi.waitUntil(async () => (await run(SECURE)).state === "SUCCESS", { timeout: 60_000, interval: 500 });
}, 260_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const SECURE = { truststorePath: "server", keystorePath: "both" };

async function run(secure: JsonMap | undefined, serverName = "cassandra.internal") {
  await using world = createTestWorld();
  const written = Object.entries(secure ?? {}).map(([name, value]) => [name, texts[String(value)] ?? value]);
  const endpoints = server.session.endpoints.map((endpoint) => ({ ...endpoint, serverName }));
  const secureConnection = secure === undefined ? {} : { secureConnection: Object.fromEntries(written) };
  const session = { ...server.session, endpoints, ...secureConnection };
  return await world.run(query, { session, cql: "SELECT release_version FROM system.local" });
}

test.each<[JsonMap | undefined, string, string | undefined]>([
  [SECURE, "cassandra.internal", undefined],
  [SECURE, "other.internal", "Hostname/IP does not match"],
  [{ keystorePath: "both" }, "cassandra.internal", "self-signed certificate"],
  [{ ...SECURE, truststorePath: "client" }, "cassandra.internal", "self-signed certificate"],
  [{ truststorePath: "server" }, "cassandra.internal", "There is no connection"],
  [undefined, "cassandra.internal", "There is no connection"],
])(
  "an encrypted server, with %j for %s: %s",
  async (secure, serverName, refusal) => {
    const { message } = await run(secure, serverName);
    if (refusal === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(refusal);
  },
  60_000,
);
