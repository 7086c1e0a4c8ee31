import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { execFileSync } from "node:child_process";
import { createCipheriv, scryptSync } from "node:crypto";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { fileDecrypt } from "./file-decrypt.ts";
import { fileEncrypt } from "./file-encrypt.ts";
import { ITERATIONS_MIN, SCRYPT_COST_MAX } from "./key-derivation.ts";

const FROM = "kestra:///in/backup.sql";
const PASSWORD = "correct hörse";
/** Quick ones. */
const DERIVATIONS: readonly JsonMap[] = [
  { keyDerivation: "PBKDF2_SHA256", iterations: ITERATIONS_MIN },
  { keyDerivation: "PBKDF2_SHA512", iterations: ITERATIONS_MIN },
  { keyDerivation: "ARGON2ID", memory: 64, parallelism: 2, argon2TimeCost: 1 },
  { keyDerivation: "SCRYPT", memory: 16, parallelism: 2 },
];

async function run(task: TaskDefinition, content: Uint8Array, properties: JsonMap = {}, from = FROM) {
  await using world = createTestWorld();
  world.files.seed(from, content);
  const { state, message, outputs } = await world.run(task, { from, password: PASSWORD, ...properties });
  const uri = outputs === undefined ? "" : String(outputs["uri"]);
  const bytes =
    uri === "" ? Buffer.alloc(0) : Buffer.concat((await Array.fromAsync(await world.files.read(uri))) as Buffer[]);
  return { state, message, uri, bytes, told: JSON.stringify([world.logs, message ?? ""]) };
}

/** What the real program makes of some bytes. */
function openssl(args: readonly string[], input: Buffer): Buffer {
  const all = ["enc", "-aes-256-cbc", "-pbkdf2", "-pass", "env:PASSWORD", ...args];
  return execFileSync("openssl", all, { input, env: { ...process.env, PASSWORD } });
}

describe.each(DERIVATIONS)("with %j", (derivation) => {
  test.each([0, 1, 15, 16, 17, 1_000_000])("%i bytes come out as they went in", async (length) => {
    const content = Buffer.alloc(length, "content ");
    const made = await run(fileEncrypt, content, derivation);
    expect(made.message).toBeUndefined();
    expect(made.uri).toMatch(/-backup\.sql\.enc$/);
    expect(made.bytes.includes("content content")).toBe(false);
    const { iterations = ITERATIONS_MIN } = derivation;
    const read = await run(fileDecrypt, made.bytes, { iterations }, `${FROM}.enc`);
    expect(read.message).toBeUndefined();
    expect(read.bytes.equals(content)).toBe(true);
    expect(read.uri).toMatch(/-backup\.sql$/);
    expect(made.told + read.told).not.toContain(PASSWORD);
  });

  test("the same file is never encrypted the same way", async () => {
    const [first, second] = [
      await run(fileEncrypt, Buffer.from("x"), derivation),
      await run(fileEncrypt, Buffer.from("x"), derivation),
    ];
    expect(first.bytes.equals(second.bytes)).toBe(false);
  });

  test("a file that was cut off is told", async () => {
    const { bytes } = await run(fileEncrypt, Buffer.alloc(100), derivation);
    for (const length of [0, 8, 12, 30, bytes.length - 1]) {
      const { state, message } = await run(fileDecrypt, bytes.subarray(0, length), { iterations: ITERATIONS_MIN });
      expect({ length, state }).toEqual({ length, state: "FAILED" });
      expect(message).toMatch(/not whole|damaged|not encrypted in a format/);
    }
  });
});

test.each(DERIVATIONS.slice(1))("a sealed file, with %j, shows each change", async (derivation) => {
  const { bytes } = await run(fileEncrypt, Buffer.from("a text of some length"), derivation);
  // Behind the mark and the number of the derivation, whose changes make another format of it; parameters may get out of range.
  for (let place = 11; place < bytes.length; place += 1) {
    const changed = Buffer.from(bytes);
    changed[place]! ^= 1;
    const { state } = await run(fileDecrypt, changed);
    expect({ place, state }).toEqual({ place, state: "FAILED" });
  }
});

test.each(DERIVATIONS.slice(1))("a wrong password, with %j, is told without it", async (derivation) => {
  const { bytes } = await run(fileEncrypt, Buffer.from("x"), derivation);
  const { message, told } = await run(fileDecrypt, bytes, { password: "wrong" });
  expect(message).toBe("The file can't be decrypted: the password is wrong or the file is damaged.");
  expect(told).not.toContain('wrong"');
});

describe("openssl", () => {
  const content = Buffer.alloc(100_000, "a line\n");

  test("reads what the task wrote", async () => {
    const { bytes } = await run(fileEncrypt, content);
    expect(openssl(["-d", "-iter", "600000"], bytes).equals(content)).toBe(true);
  });

  test("writes what the task reads, also without `-iter`", async () => {
    const { bytes, message } = await run(fileDecrypt, openssl([], content), { iterations: 10_000 });
    expect(message).toBeUndefined();
    expect(bytes.equals(content)).toBe(true);
  });
});

test("a file in Kestra's format, made by its description, is read", async () => {
  const [salt, nonce] = [Buffer.alloc(16, 1), Buffer.alloc(12, 2)];
  const header = Buffer.concat([Buffer.from("KESTRAENC"), Buffer.of(1, 4), salt, nonce, Buffer.of(0, 0, 0, 16, 8, 1)]);
  const cipher = createCipheriv("aes-256-gcm", scryptSync(PASSWORD, salt, 32, { N: 16, r: 8, p: 1 }), nonce);
  cipher.setAAD(header);
  const file = Buffer.concat([header, cipher.update("hello"), cipher.final(), cipher.getAuthTag()]);
  expect((await run(fileDecrypt, file)).bytes.toString()).toBe("hello");
});

test.each<[JsonMap, string]>([
  [{ iterations: ITERATIONS_MIN - 1 }, "`iterations` is 9999, and may be from 10000 to 10000000."],
  [
    { keyDerivation: "PBKDF2_SHA512", iterations: 10_000_001 },
    "`iterations` is 10000001, and may be from 10000 to 10000000.",
  ],
  [{ keyDerivation: "ARGON2ID", memory: 15, parallelism: 2 }, "`memory` is 15, and may be from 16 to 1048576."],
  [{ keyDerivation: "ARGON2ID", memory: 1_048_577 }, "`memory` is 1048577, and may be from 8 to 1048576."],
  [{ keyDerivation: "ARGON2ID", parallelism: 65 }, "`parallelism` is 65, and may be from 1 to 64."],
  [{ keyDerivation: "ARGON2ID", argon2TimeCost: 101 }, "`argon2TimeCost` is 101, and may be from 1 to 100."],
  [{ keyDerivation: "SCRYPT", memory: 1_000 }, "`memory` is 1000, and for SCRYPT it is a power of two."],
  [
    { keyDerivation: "SCRYPT", memory: 1_048_576, parallelism: 5 },
    `\`memory\` times \`parallelism\` is 5242880, and for SCRYPT at most ${SCRYPT_COST_MAX}.`,
  ],
  [{ keyDerivation: "SCRYPT", parallelism: 256 }, "`parallelism` is 256, and may be from 1 to 255."],
])("%j is out of range", async (properties, message) => {
  expect((await run(fileEncrypt, Buffer.from("x"), properties)).message).toBe(message);
});

test("a file of a stranger can't ask for more than that", async () => {
  const greedy = Buffer.concat([Buffer.from("KESTRAENC"), Buffer.of(1, 3), Buffer.alloc(28), Buffer.alloc(10, 255)]);
  expect((await run(fileDecrypt, greedy)).message).toContain(
    "`argon2TimeCost` is 4294967295, and may be from 1 to 100.",
  );
});

test.each([
  ["plain text, long enough", "The file is not encrypted in a format that is known here"],
  ["KESTRAENC\u0002 and more of it", "The file is not encrypted in a format that is known here"],
  ["KESTRAENC\u0001\u0009", "The file's key is derived in a way that is not known here (9)."],
])("%j is no file to decrypt", async (content, message) => {
  expect((await run(fileDecrypt, Buffer.from(content))).message).toContain(message);
});

test.each([
  ["encrypting", fileEncrypt],
  ["decrypting", fileDecrypt],
])("a kill ends %s in the middle", async (_name, task) => {
  const controller = new AbortController();
  await using world = createTestWorld({ signal: controller.signal });
  const source = new PassThrough();
  const files = { ...world.files, read: async () => source };
  const context = {
    ...world.context<never>(task, { from: FROM, password: PASSWORD, iterations: ITERATIONS_MIN }),
    files,
  };
  const ended = task.run!(context);
  source.write(Buffer.concat([Buffer.from("Salted__12345678"), Buffer.alloc(64)]));
  setImmediate(() => controller.abort(new Error("killed")));
  await expect(ended).rejects.toThrow(/killed|aborted/);
  expect(source.destroyed).toBe(true);
});
