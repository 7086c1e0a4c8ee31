import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MariadbServer, startMariadb } from "../../testing/mariadb.ts";
import { taskOf } from "../../testing/task-of.ts";

let folder: string;
let server: MariadbServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-tls-"));
  const words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key -out certificate";
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  server = await startMariadb({
    options: () => [`--ssl-cert=${join(folder, "certificate")}`, `--ssl-key=${join(folder, "key")}`],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test.each([
  ["", "TLS"],
  ["?sslMode=PREFERRED", "TLS"],
  ["?sslMode=DISABLED", "plain"],
  ["?sslMode=REQUIRED", "TLS"],
  ["?sslMode=trust", "TLS"],
  ["?useSSL=true&requireSSL=true", "TLS"],
  ["?sslMode=VERIFY_CA", "self-signed certificate"],
  ["?sslMode=verify-full", "self-signed certificate"],
  ["?verifyServerCertificate=true", "self-signed certificate"],
])("an address with %j: %s", async (query, outcome) => {
  await using world = createTestWorld();
  const { outputs, message } = await world.run(taskOf("mariadb.Query"), {
    ...server.place,
    url: server.place.url + query,
    sql: "SHOW SESSION STATUS LIKE 'Ssl_cipher'",
    fetchType: "FETCH_ONE",
  });
  const cipher = (outputs?.["row"] as { Value: string } | undefined)?.Value;
  expect(message ?? (cipher === "" ? "plain" : "TLS")).toContain(outcome);
});
