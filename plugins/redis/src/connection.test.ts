import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { createTestWorld, startSilentServer } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serverOf } from "./connection.ts";
import { get } from "./string/get.ts";
import { startRedis, type RedisServer } from "./testing/redis-server.ts";

const PASSWORD = "op%n/s@same";

describe("an address", () => {
  test.each([
    ["redis://h", { host: "h", port: 6379, db: 0 }],
    [" redis://h:1/2 ", { host: "h", port: 1, db: 2 }],
    ["redis://h?database=3", { host: "h", port: 6379, db: 3 }],
    ["redis://:p%40ss@h", { host: "h", port: 6379, db: 0, password: "p@ss" }],
    ["redis://:100%@h", { host: "h", port: 6379, db: 0, password: "100%" }],
    ["redis://word@h", { host: "h", port: 6379, db: 0, password: "word" }],
    ["redis://ann:p@h", { host: "h", port: 6379, db: 0, username: "ann", password: "p" }],
    ["rediss://h.example.com", { host: "h.example.com", port: 6379, db: 0, tls: { servername: "h.example.com" } }],
    ["rediss://[::1]:1", { host: "::1", port: 1, db: 0, tls: {} }],
  ])("%s names a server", (address, server) => {
    expect(serverOf(address)).toEqual({ ...server });
  });

  test.each(["", "localhost:6379", "http://:hidden@h", "redis://", "redis://:hidden@"])("%s names none", (address) => {
    const failing = () => serverOf(address);
    expect(failing).toThrow(/^`url` is no address of Redis\. Write it as redis:/u);
    expect(failing).not.toThrow(/hidden/u);
  });

  test("names its database by number", () => {
    expect(() => serverOf("redis://:hidden@h/main")).toThrow('`url` names the database "main", but');
  });
});

describe("a server with a password", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ password: PASSWORD });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const address = (word: string) => `redis://:${encodeURIComponent(word)}@127.0.0.1:${server.port}/1`;

  test("is asked as whom the address says, in the database that it names", async () => {
    await server.redis.select(1);
    await server.redis.set("a", "of 1");
    await using world = createTestWorld();
    const { outputs } = await world.run(get, { url: address(PASSWORD), key: "a" });
    expect(outputs).toEqual({ data: "of 1", key: "a" });
    expect(world.masked).toEqual([PASSWORD]);
  });

  test.each(["wrong-word", ""])("refuses the password '%s', which no message shows", async (word) => {
    await using world = createTestWorld();
    const { message } = await world.run(get, { url: address(word), key: "a" });
    expect(message).toMatch(/^Redis at 127\.0\.0\.1:\d+ refused: (?:WRONGPASS|NOAUTH)/u);
    expect(message).not.toContain("wrong-word");
  });
});

test("a server with TLS must have a certificate for its name that is trusted", async () => {
  const folder = mkdtempSync(join(tmpdir(), "capstan-redis-"));
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost";
  const rest = "-addext subjectAltName=DNS:localhost -keyout key.pem -out crt.pem";
  execFileSync("openssl", `${request} ${rest}`.split(" "), { cwd: folder, stdio: "ignore" });
  const certFile = join(folder, "crt.pem");
  await using server = await startRedis({ tls: { keyFile: join(folder, "key.pem"), certFile } });
  await using world = createTestWorld();
  const read = (host: string) => world.run(get, { url: `rediss://${host}:${server.port}`, key: "a" });
  const distrusted = await read("localhost");
  const authorities = tls.getCACertificates("default");
  tls.setDefaultCACertificates([readFileSync(certFile, "utf8")]);
  const [trusted, misnamed] = [await read("localhost"), await read("127.0.0.1")];
  tls.setDefaultCACertificates(authorities);
  rmSync(folder, { recursive: true });
  expect(distrusted.message).toMatch(/^Redis at localhost:\d+ can't be asked: self-signed certificate/u);
  expect(trusted).toMatchObject({ state: "SUCCESS", outputs: { data: null } });
  expect(misnamed.message).toContain("does not match certificate's altnames");
});

test("where nobody listens, the address without its password is told", async () => {
  await using world = createTestWorld();
  const { message } = await world.run(get, { url: "redis://:hidden@127.0.0.1:1", key: "a" });
  expect(message).toBe("Redis at 127.0.0.1:1 can't be asked: connect ECONNREFUSED 127.0.0.1:1");
});

test("a connection that is lost fails the task, which is not tried again", async () => {
  const server = createServer((socket) => void socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
  let connections = 0;
  server.on("connection", () => (connections += 1));
  await once(server, "listening");
  await using world = createTestWorld();
  const { message } = await world.run(get, { url: `redis://127.0.0.1:${portOf(server)}`, key: "a" });
  server.close();
  expect(message).toMatch(/^Redis at 127\.0\.0\.1:\d+ can't be asked: /u);
  expect(connections).toBe(1);
});

test("a kill closes a connection that gets no answer", async () => {
  await using silent = await startSilentServer();
  const abort = new AbortController();
  await using world = createTestWorld({ signal: abort.signal });
  const outcome = world.run(get, { url: `redis://127.0.0.1:${silent.port}`, key: "a" });
  await silent.connected;
  abort.abort(new Error("killed"));
  expect(await outcome).toMatchObject({ state: "FAILED", message: "killed" });
  await silent.left();
});

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as { port: number }).port;
}
