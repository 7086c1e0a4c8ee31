import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SqlServer, startSqlServer } from "../../testing/sqlserver/server.ts";
import { taskOf } from "../../testing/task-of.ts";

let folder: string;
let certificate: string;
let servers: Record<"can" | "must" | "cannot", SqlServer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-tls-"));
  const words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
  execFileSync("openssl", [...words.split(" "), "-keyout", "key", "-out", "certificate"], {
    cwd: folder,
    stdio: "ignore",
  });
  certificate = await readFile(join(folder, "certificate"), "utf8");
  const identity = { cert: certificate, key: await readFile(join(folder, "key"), "utf8") };
  servers = {
    can: await startSqlServer({ identity }),
    must: await startSqlServer({ identity, mustEncrypt: true }),
    cannot: await startSqlServer(),
  };
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const AUTHORITY = { trustStore: "AUTHORITY" };

test.each([
  ["can", "", {}, "TLS"],
  ["can", ";encrypt=false", {}, "TLS"],
  ["must", "", {}, "TLS"],
  ["cannot", "", {}, "plain"],
  ["cannot", ";encrypt=optional", {}, "plain"],
  ["cannot", ";encrypt=true", {}, "Server did not negotiate encryption"],
  ["cannot", "", { encrypt: "TRUE" }, "Server did not negotiate encryption"],
  ["can", "", { encrypt: "TRUE" }, "self-signed certificate"],
  ["can", ";encrypt=true", {}, "self-signed certificate"],
  ["can", ";encrypt=true;trustServerCertificate=true", {}, "TLS"],
  ["can", "", { encrypt: "TRUE", trustServerCertificate: true }, "TLS"],
  ["can", "", { encrypt: "TRUE", ...AUTHORITY }, "TLS"],
  ["can", "", { encrypt: "TRUE", ...AUTHORITY, hostNameInCertificate: "other" }, "Hostname/IP does not match"],
  ["can", ";encrypt=true;hostNameInCertificate=localhost", AUTHORITY, "TLS"],
])("a server that %s encrypt, at an address with %j and with %j: %s", async (name, query, properties, outcome) => {
  await using world = createTestWorld();
  const server = servers[name as "can"];
  const { message } = await world.run(taskOf("sqlserver.Query"), {
    ...server.place,
    url: `jdbc:sqlserver://localhost:${server.port}${query}`,
    ...properties,
    ...("trustStore" in properties && { trustStore: certificate }),
    sql: "SELECT 1",
  });
  const seen = server.logins.at(-1)?.isEncrypted === true ? "TLS" : "plain";
  expect(message ?? seen).toContain(outcome);
});

test("rows come encrypted, many of them", async () => {
  await using world = createTestWorld();
  const { outputs } = await world.run(taskOf("sqlserver.Query"), {
    ...servers.must.place,
    sql: "SELECT repeat('x', 1000) AS x FROM GENERATE_SERIES(1, 20000)",
  });
  expect(outputs).toEqual({ size: 20_000 });
});
