import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decrypt } from "./decrypt.ts";
import { encrypt } from "./encrypt.ts";

const FROM = "kestra:///in/orders.csv";
const PASSPHRASE = "open sesame";
const ANN = "Ann <ann@example.com>";
const BO = "Bo <bo@example.com>";
let home: string;
const keys: Record<string, string> = {};

function gpg(args: readonly string[], input: Uint8Array | string = ""): Buffer {
  const all = [
    "--homedir",
    home,
    "--batch",
    "--yes",
    "--quiet",
    "--trust-model",
    "always",
    "--pinentry-mode",
    "loopback",
    "--passphrase",
    PASSPHRASE,
  ];
  return execFileSync("gpg", [...all, ...args], { input, stdio: ["pipe", "pipe", "pipe"], maxBuffer: 100_000_000 });
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "capstan-gpg-"));
  try {
    gpg(["--version"]);
  } catch (error) {
    throw new Error("gpg is not installed, which this test needs: apt-get install gnupg", { cause: error });
  }
  for (const [name, user, algorithm] of [
    ["ann", ANN, "future-default"],
    ["bo", BO, "rsa2048"],
  ] as const) {
    gpg(["--quick-generate-key", user, algorithm, "default", "never"]);
    if (name === "bo") gpg(["--quick-add-key", fingerprintOf(user), "rsa2048", "encr", "never"]);
    keys[name] = gpg(["--armor", "--export", user]).toString();
    keys[`${name} secret`] = gpg(["--armor", "--export-secret-keys", user]).toString();
  }
});
afterAll(() => {
  execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
  rmSync(home, { recursive: true, force: true });
});

function fingerprintOf(user: string): string {
  return /^fpr:+([0-9A-F]+):/m.exec(gpg(["--with-colons", "--list-keys", user]).toString())![1]!;
}

async function run(task: TaskDefinition, content: Uint8Array | string, properties: JsonMap, from = FROM) {
  await using world = createTestWorld();
  world.files.seed(from, content);
  const { message, outputs } = await world.run(task, { from, ...properties });
  const uri = outputs === undefined ? "" : String(outputs["uri"]);
  const bytes =
    uri === "" ? Buffer.alloc(0) : Buffer.concat((await Array.fromAsync(await world.files.read(uri))) as Buffer[]);
  return { message, uri, bytes, told: JSON.stringify([world.logs, message ?? ""]) };
}

const ours = () => ({ privateKey: keys["ann secret"]!, privateKeyPassphrase: PASSPHRASE });
const CONTENT = Buffer.alloc(1_000_000, "a line of an order\n");

describe("Encrypt", () => {
  test.each(["ann@example.com", "ANN@example.com", "Ann", ANN])("makes what gpg reads, for %s", async (recipient) => {
    const { bytes, message, uri } = await run(encrypt, CONTENT, { key: keys["ann"]!, recipients: [recipient] });
    expect(message).toBeUndefined();
    expect(uri).toMatch(/-?orders\.csv\.pgp$/);
    expect(gpg(["--decrypt"], bytes).equals(CONTENT)).toBe(true);
  });

  test("signs, and gpg finds the signature right", async () => {
    const sign = { signPrivateKey: keys["bo secret"]!, signPassphrase: PASSPHRASE, signUser: "bo@example.com" };
    const { bytes, told } = await run(encrypt, CONTENT, { key: keys["ann"]!, recipients: "ann@example.com", ...sign });
    const status = gpg(["--status-fd", "1", "--output", join(home, "out"), "--decrypt"], bytes).toString();
    expect(status).toContain(`GOODSIG`);
    expect(status).toContain(BO);
    expect(told).not.toContain(PASSPHRASE);
  });

  test("takes several keys in one export, and each of them reads it", async () => {
    const key = gpg(["--armor", "--export"]).toString();
    const { bytes } = await run(encrypt, "x", { key, recipients: ["ann@example.com", "bo@example.com"] });
    expect((await run(decrypt, bytes, ours())).bytes.toString()).toBe("x");
    const theirs = { privateKey: keys["bo secret"]!, privateKeyPassphrase: PASSPHRASE };
    expect((await run(decrypt, bytes, theirs)).bytes.toString()).toBe("x");
  });

  test.each<[JsonMap, string]>([
    [{ recipients: ["eve@example.com"] }, `\`key\` has no key of eve@example.com: it has those of ${ANN}.`],
    [{ recipients: [] }, "`recipients` names nobody: name one at least."],
    [{ recipients: ["Ann"], key: "no key" }, "`key` can't be read as keys: give what `gpg --export -a` writes."],
    [
      { recipients: ["Ann"], signUser: "Bo" },
      "`signUser` is to sign, and there is no key: give it with `signPrivateKey`.",
    ],
    [
      { recipients: ["Ann"], signPrivateKey: "no key" },
      "`signPrivateKey` can't be read as keys: give what `gpg --export-secret-keys -a` writes.",
    ],
  ])("with %j says what is wrong", async (properties, message) => {
    expect((await run(encrypt, "x", { key: keys["ann"]!, ...properties })).message).toBe(message);
  });
});

describe("Decrypt", () => {
  const sealed = (args: readonly string[] = []) =>
    gpg(["--recipient", "ann@example.com", ...args, "--encrypt"], CONTENT);

  test.each<[string, readonly string[]]>([
    ["binary", []],
    ["text", ["--armor"]],
    ["uncompressed", ["--compress-algo", "none"]],
    ["bzip2", ["--compress-algo", "bzip2"]],
  ])("reads what gpg writes, %s", async (_name, args) => {
    const { bytes, message, uri } = await run(decrypt, sealed(args), ours(), `${FROM}.gpg`);
    expect(message).toBeUndefined();
    expect(bytes.equals(CONTENT)).toBe(true);
    expect(uri).toMatch(/-?orders\.csv$/);
  });

  test("proves who has signed", async () => {
    const file = sealed(["--local-user", "bo@example.com", "--sign"]);
    const signers = { signUsersKey: [keys["bo"]!, keys["ann"]!] };
    expect(
      (await run(decrypt, file, { ...ours(), ...signers, requiredSignerUsers: ["bo@example.com"] })).message,
    ).toBeUndefined();
    const both = await run(decrypt, file, { ...ours(), ...signers, requiredSignerUsers: ["bo@example.com", "Ann"] });
    expect(both).toMatchObject({
      message: "The file has no right signature of Ann. Nothing of it was stored.",
      uri: "",
    });
    const unsigned = await run(decrypt, sealed(), { ...ours(), ...signers, requiredSignerUsers: ["Bo"] });
    expect(unsigned).toMatchObject({
      message: "The file has no right signature of Bo. Nothing of it was stored.",
      uri: "",
    });
  });

  test("signatures that nobody asks for are not looked at", async () => {
    const file = sealed(["--local-user", "bo@example.com", "--sign"]);
    expect((await run(decrypt, file, ours())).bytes.equals(CONTENT)).toBe(true);
  });

  test("nothing is stored of a file that was changed or cut off", async () => {
    const file = sealed(["--compress-algo", "none"]);
    const changed = Buffer.from(file);
    changed[file.length - 1_000]! ^= 1;
    for (const broken of [changed, file.subarray(0, -1_000)])
      expect(await run(decrypt, broken, ours())).toMatchObject({
        uri: "",
        message: expect.stringMatching(/^The file can't be decrypted: /),
      });
  });

  test.each<[JsonMap, RegExp]>([
    [{ privateKeyPassphrase: "wrong one" }, /^`privateKeyPassphrase` doesn't unlock the key of `privateKey`\.$/],
    [{ privateKey: "no key" }, /^`privateKey` can't be read as keys/],
    [{ requiredSignerUsers: ["Bo"] }, /^`signUsersKey` has no key of Bo: it has none\.$/],
  ])("with %j says what is wrong", async (properties, message) => {
    const made = await run(decrypt, sealed(), { ...ours(), ...properties });
    expect(made.message).toMatch(message);
    expect(made.told).not.toMatch(/wrong one|open sesame/);
  });

  test("a locked key needs its passphrase, and another's key doesn't do", async () => {
    expect((await run(decrypt, sealed(), { privateKey: keys["ann secret"]! })).message).toBe(
      "The key of `privateKey` is locked: give its passphrase with `privateKeyPassphrase`.",
    );
    const theirs = { privateKey: keys["bo secret"]!, privateKeyPassphrase: PASSPHRASE };
    expect((await run(decrypt, sealed(), theirs)).message).toMatch(/^The file can't be decrypted: /);
  });

  test.each(["", "plain text that nobody encrypted"])("%j is no file to decrypt", async (content) => {
    expect((await run(decrypt, content, ours())).message).toMatch(/^The file can't be decrypted: /);
  });
});

/** Runs a task on a source that the test writes, and tells when the first bytes arrive in the storage. */
async function started(task: TaskDefinition, properties: JsonMap, signal?: AbortSignal) {
  await using world = createTestWorld(signal === undefined ? {} : { signal });
  const source = new PassThrough();
  const first = Promise.withResolvers<void>();
  const pieces: Buffer[] = [];
  const put = async (_name: string, content: Readable) => {
    for await (const piece of content as AsyncIterable<Buffer>) {
      pieces.push(piece);
      first.resolve();
    }
    return "kestra:///out";
  };
  const files = { ...world.files, read: async () => source, put } as never;
  const ended = task.run!({ ...world.context<never>(task, { from: FROM, ...properties }), files });
  return { source, ended, first: first.promise, bytes: () => Buffer.concat(pieces) };
}

describe("a large file", () => {
  const large = randomBytes(3_000_000);
  const half = large.length / 2;
  const toAnn = () => ({ key: keys["ann"]!, recipients: ["Ann"] });

  test("is encrypted while it is read", async () => {
    const { source, ended, first, bytes } = await started(encrypt, toAnn());
    source.write(large.subarray(0, half));
    await first;
    source.end(large.subarray(half));
    await ended;
    expect(gpg(["--decrypt"], bytes()).equals(large)).toBe(true);
  });

  test("is decrypted while it is read", async () => {
    const file = gpg(["--recipient", "ann@example.com", "--encrypt"], large);
    const { source, ended, first, bytes } = await started(decrypt, ours());
    source.write(file.subarray(0, half));
    await first;
    source.end(file.subarray(half));
    await ended;
    expect(bytes().equals(large)).toBe(true);
  });

  test.each([
    ["encrypting", encrypt],
    ["decrypting", decrypt],
  ])("is left by a kill in the middle of %s", async (_name, task) => {
    const controller = new AbortController();
    const isDecrypting = task === decrypt;
    const content = isDecrypting ? gpg(["--recipient", "ann@example.com", "--encrypt"], large) : large;
    const { source, ended, first } = await started(task, isDecrypting ? ours() : toAnn(), controller.signal);
    source.write(content.subarray(0, half));
    await first;
    controller.abort(new Error("killed"));
    await expect(ended).rejects.toThrow(/killed|aborted/);
    expect(source.destroyed).toBe(true);
  });
});
