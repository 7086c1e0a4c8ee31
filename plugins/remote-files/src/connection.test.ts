import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import plugin from "./index.ts";
import { entriesBelow } from "./operations/selection.ts";
import type { RemoteEntry, RemoteFiles } from "./remote-files.ts";
import { startFtpServer } from "./testing/ftp-server.ts";
import { startPasswordServer } from "./testing/password-server.ts";
import type { RemoteServer } from "./testing/remote-server.ts";
import { createRemoteWorld } from "./testing/remote-world.ts";
import { type SftpServer, startSftpServer } from "./testing/sftp-server.ts";
import { watched } from "./testing/watched-server.ts";

let sftp: SftpServer;
let ftp: RemoteServer;
let ftps: RemoteServer;

beforeAll(async () => {
  [sftp, ftp, ftps] = await Promise.all([startSftpServer(), startFtpServer(), startFtpServer({ mode: "EXPLICIT" })]);
}, 60_000);
afterAll(async () => {
  for (const server of [sftp, ftp, ftps]) await server[Symbol.asyncDispose]();
});

test("the manifest loads neither library", () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve: (name, context, next) => (console.log(name), next(name, context)) });
    const { default: plugin } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
    for (const { properties, outputs } of plugin.definitions) void [properties, outputs];
  `;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  const names = loaded.split("\n");
  expect(names).toContain("@capstan/sdk");
  expect(names.filter((name) => name === "ssh2" || name === "basic-ftp")).toEqual([]);
  expect(plugin.definitions).toHaveLength(34);
});

describe("the key of a server of SFTP", () => {
  const list = (properties: Record<string, string>) => {
    const world = createRemoteWorld(sftp);
    return { ...world, outcome: world.run("List", { from: "/", ...properties }) };
  };

  test("is not checked without `knownHosts`, which is told", async () => {
    const { outcome, world } = list({});
    expect((await outcome).state).toBe("SUCCESS");
    expect(world.logs).toContainEqual({
      level: "WARN",
      message: expect.stringMatching(/^Nobody checked that 127\.0\.0\.1:\d+ is the right server \(its key is SHA256:/),
    });
  });

  test("is taken when it is known", async () => {
    const { outcome, world } = list({ knownHosts: sftp.knownHosts });
    expect((await outcome).state).toBe("SUCCESS");
    expect(world.logs.filter(({ level }) => level === "WARN")).toEqual([]);
  });

  test("is refused when another one is known", async () => {
    const other = ssh2.utils.generateKeyPairSync("ed25519").public;
    const { outcome } = list({ knownHosts: sftp.knownHosts.replace(sftp.publicKey, other) });
    expect((await outcome).message).toMatch(
      /^The connection to .* failed: its key SHA256:\S+ is none of `knownHosts`\./,
    );
  });

  test("is refused when no line is about the server", async () => {
    const { outcome } = list({ knownHosts: `elsewhere.example.com ${sftp.publicKey}` });
    expect((await outcome).message).toMatch(/^No line of `knownHosts` is about \[127\.0\.0\.1\]:\d+\./);
  });
});

describe("who the user is at SFTP", () => {
  test.each(["password", "keyboard-interactive"] as const)("is told by a password, asked for by %s", async (method) => {
    const { port, asked } = await startPasswordServer(method, "right-word");
    const run = (password: string) => {
      const { keyfile: _, ...connection } = sftp.connection;
      return createRemoteWorld({ ...sftp, connection: { ...connection, port, password } }).run("List", { from: "/" });
    };
    // It offers nothing, which is another failure than that of a wrong word.
    expect((await run("right-word")).message).toMatch(/lets the user in, but offers no SFTP/);
    expect((await run("wrong-word")).message).toMatch(/Check the name, and the password or key\.$/);
    expect(asked).toContain(method);
  });

  test("is told by a key with a passphrase, which a file may hold", async () => {
    const { run, world } = createRemoteWorld(sftp);
    const folder = await world.workingDirectory();
    const path = join(folder, "key");
    const { writeFileSync, readFileSync } = await import("node:fs");
    writeFileSync(path, String(sftp.connection["keyfile"]), { mode: 0o600 });
    execFileSync("ssh-keygen", ["-p", "-q", "-P", "", "-N", "hidden-words", "-f", path]);
    const keyfile = world.files.seed("kestra:///key", readFileSync(path));
    expect((await run("List", { from: "/", keyfile, passphrase: "hidden-words" })).state).toBe("SUCCESS");
    expect((await run("List", { from: "/", keyfile, passphrase: "other-words" })).message).toMatch(
      /Give the key itself, in the form of OpenSSH or PEM, with its passphrase\.$/,
    );
  });
});

describe("what can't be connected is told", () => {
  test.each([
    {
      server: () => sftp,
      properties: { port: "1" },
      message: /^The connection to 127\.0\.0\.1:1 failed: .*ECONNREFUSED/,
    },
    { server: () => sftp, properties: { port: "x" }, message: /^`port` is "x", which is no port/ },
    { server: () => sftp, properties: { host: "a/b" }, message: /^`host` is "a\/b": give the name/ },
    { server: () => sftp, properties: { keyfile: "nonsense" }, message: /Give the key itself/ },
    { server: () => sftp, properties: { proxyAddress: "x" }, message: /^Proxies are not supported for SFTP/ },
    { server: () => sftp, properties: { keyExchangeAlgorithm: "x" }, message: /see `enableSshRsa1` and `keyExchange/ },
    {
      server: () => ftp,
      properties: { port: "1" },
      message: /^The connection to 127\.0\.0\.1:1 failed: .*ECONNREFUSED/,
    },
    { server: () => ftp, properties: { password: "wrong-word" }, message: /Login incorrect\. Check `username`/ },
    { server: () => ftp, properties: { passiveMode: false }, message: /^Active transfers are not supported/ },
    { server: () => ftp, properties: { proxyHost: "x" }, message: /^Proxies are not supported for FTP/ },
    {
      server: () => ftps,
      properties: { insecureTrustAllCertificates: false },
      message: /self-signed certificate.* Let the worker trust/,
    },
    { server: () => ftps, properties: { mode: "IMPLICIT" }, message: /Check `port` and `mode`/ },
  ])("$properties", async ({ server, properties, message }) => {
    const { run, world } = createRemoteWorld(server());
    const outcome = await run("List", { from: "/", ...properties });
    expect(outcome.message).toMatch(message);
    const told = JSON.stringify([outcome.message, world.logs]);
    for (const secret of [...server().secrets, "wrong-word"]) expect(told).not.toContain(secret);
  });

  test("that nobody checks the certificate of FTPS is told", async () => {
    const { run, world } = createRemoteWorld(ftps);
    await run("List", { from: "/" });
    expect(world.logs.map(({ message }) => message)).toContainEqual(expect.stringMatching(/^Nobody checked that 127/));
  });

  test("TLS from the start", async () => {
    await using implicit = await startFtpServer({ mode: "IMPLICIT" });
    expect((await createRemoteWorld(implicit).run("List", { from: "/" })).state).toBe("SUCCESS");
  });
});

describe.each([
  { what: "SFTP", server: () => sftp },
  { what: "FTP", server: () => ftp },
])("a kill of $what", ({ server }) => {
  test("in the middle of an upload closes the connection, and leaves no part", async () => {
    const kill = new AbortController();
    const door = await watched(server());
    const { run, world, place, names, write, read } = createRemoteWorld(door, { signal: kill.signal });
    write("a", "old");
    const begun = Promise.withResolvers<void>();
    const endless = async () => Readable.from(endlessContent(begun.resolve));
    Object.assign(world.files, { read: endless, sizeBytes: async () => 1 });
    const running = run("Upload", { from: "kestra:///endless", to: `${place}/a` });
    await begun.promise;
    expect(names()).toHaveLength(2);
    kill.abort(new Error("killed by the test"));
    expect((await running).message).toBe("killed by the test");
    await door.allClosed();
    expect(door.openCount()).toBe(0);
    expect([names(), read("a")]).toEqual([["a"], "old"]);
  });

  test("in the middle of a download closes the connection, and stores nothing", async () => {
    const kill = new AbortController();
    const door = await watched(server());
    const { run, world, place, write } = createRemoteWorld(door, { signal: kill.signal });
    write("big", Buffer.alloc(30_000_000));
    const put = async (_name: string, content: Readable | Uint8Array | string) => {
      await once(content as Readable, "data");
      kill.abort(new Error("killed by the test"));
      for await (const _ of content as Readable);
      return "kestra:///big";
    };
    Object.assign(world.files, { put });
    expect((await run("Download", { from: `${place}/big` })).message).toBe("killed by the test");
    await door.allClosed();
    expect(world.files.uris()).toEqual([]);
  });

  test("before it connects", async () => {
    const { run } = createRemoteWorld(server(), { signal: AbortSignal.abort(new Error("killed by the test")) });
    expect((await run("List", { from: "/" })).message).toBe("killed by the test");
  });
});

test("a port may be a number", async () => {
  const { run } = createRemoteWorld(ftp);
  expect((await run("List", { from: "/", port: Number(ftp.connection["port"]) })).state).toBe("SUCCESS");
});

test("a folder with too many files is refused at the limit", async () => {
  const entry = (at: number): RemoteEntry => {
    const path = `/${at}`;
    return { path, name: path, kind: "FILE", isLink: false, sizeBytes: 0, updatedAt: 0 };
  };
  const filesOf = (count: number) =>
    ({
      address: "sftp://x:22",
      stat: async () => ({ ...entry(0), kind: "FOLDER" }),
      list: async () => Array.from({ length: count }, (_, at) => entry(at)),
    }) as unknown as RemoteFiles;
  const countOf = async (count: number) => (await Array.fromAsync(entriesBelow(filesOf(count), "/", false, 3))).length;
  expect(await countOf(3)).toBe(3);
  await expect(countOf(4)).rejects.toThrow(/^More than 3 files and folders are in sftp:\/\/x:22\//);
});

/** Some content at once, and then nothing more for ever, until it is destroyed. */
async function* endlessContent(begun: () => void) {
  for (let chunk = 0; chunk < 40; chunk += 1) yield Buffer.alloc(65_536);
  begun();
  await new Promise(() => undefined);
}
