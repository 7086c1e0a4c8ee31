import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServiceWorld } from "../testing/service-world.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

/** The server's password is that of nobody: it has the name of the account in it. */
const PASSWORD = "123456789012-auth-token";

test("the password of the registry is put out encrypted, and masked", async () => {
  const encrypted: string[] = [];
  const { run, world } = createServiceWorld(server, {
    encrypt: async (text) => {
      encrypted.push(text);
      return { type: "encrypted", value: "hidden" };
    },
  });
  expect((await run("ecr.GetAuthToken", {})).outputs).toEqual({ token: { type: "encrypted", value: "hidden" } });
  expect(encrypted).toEqual([PASSWORD]);
  expect(world.masked).toContain(PASSWORD);
});

test("without an encryption key no password is asked for", async () => {
  const { run } = createServiceWorld(server);
  expect((await run("ecr.GetAuthToken", {})).message).toMatch(/needs an encryption key.*`encryption\.secretKey`/);
});
