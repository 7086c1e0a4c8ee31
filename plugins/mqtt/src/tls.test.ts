import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish } from "./publish.ts";
import { type Broker, startMosquitto } from "./testing/mosquitto.ts";

const REQUEST = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost";
const NAMES = "-addext subjectAltName=DNS:localhost -keyout key.pem -out crt.pem";

let folder: string;
let crt: string;
let broker: Broker;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "capstan-mqtt-"));
  chmodSync(folder, 0o755); // Mosquitto reads the key when it has given up the rights of root.
  execFileSync("openssl", `${REQUEST} ${NAMES}`.split(" "), { cwd: folder, stdio: "ignore" });
  chmodSync(join(folder, "key.pem"), 0o644);
  crt = readFileSync(join(folder, "crt.pem"), "utf8");
  broker = await startMosquitto({ tls: { keyFile: join(folder, "key.pem"), certFile: join(folder, "crt.pem") } });
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function published(host: string, properties: object) {
  await using world = createTestWorld();
  world.files.seed("kestra:///crt.pem", crt);
  world.files.seed("file:///etc/authority.crt", crt);
  const server = broker.url.replace(/^tcp:\/\/[\d.]+/u, `ssl://${host}`);
  return await world.run(publish, { server, clientId: "p", topic: "t", serdeType: "JSON", from: 1, ...properties });
}

test.each([
  ["the text of a certificate", () => crt],
  ["the address of a file", () => "kestra:///crt.pem"],
  ["the path of a file", () => "/etc/authority.crt"],
])("a broker is trusted by %s", async (_what, given) => {
  expect(await published("localhost", { crt: given() })).toMatchObject({ state: "SUCCESS" });
});

test("a broker is not trusted without", async () => {
  const { state, message } = await published("localhost", {});
  expect({ state, message }).toEqual({
    state: "FAILED",
    message: expect.stringMatching(/^The broker at localhost:\d+ can't be used: self-signed certificate/u),
  });
});

test("its certificate must be for its name, unless that is not to be verified", async () => {
  expect((await published("127.0.0.1", { crt })).message).toContain("does not match certificate's altnames");
  const unverified = { crt, httpsHostnameVerificationEnabled: false };
  expect(await published("127.0.0.1", unverified)).toMatchObject({ state: "SUCCESS" });
});
