import { expect, test } from "vitest";
import { environmentSecrets, resolveSecret, withoutSecrets } from "./secrets.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64");
const from = { tenant: "main", namespace: "company" };

test("finds secrets of the environment in either case of letters", async () => {
  const { source } = environmentSecrets({ SECRET_MY_TOKEN: encoded("abc ä"), OTHER: encoded("x") });
  expect(await resolveSecret(source, from, "my_token")).toBe("abc ä");
  expect(await resolveSecret(source, from, "MY_TOKEN")).toBe("abc ä");
});

test("reads base64 with line breaks and without padding", async () => {
  const { source } = environmentSecrets({ SECRET_A: "YWJj\nZGVm", SECRET_B: "YQ" });
  expect(await resolveSecret(source, from, "A")).toBe("abcdef");
  expect(await resolveSecret(source, from, "B")).toBe("a");
});

test("leaves values out that are no base64, and names them", async () => {
  const { source, invalid } = environmentSecrets({ SECRET_BAD: "not base64!", SECRET_GOOD: encoded("x") });
  expect(await source.names("main")).toEqual(["GOOD"]);
  expect(invalid).toEqual(["SECRET_BAD"]);
  await expect(resolveSecret(source, from, "BAD")).rejects.toThrow("Cannot find secret for key 'BAD'.");
});

test("picks a field of a JSON secret", async () => {
  const { source } = environmentSecrets({ SECRET_LOGIN: encoded('{"user":"u","port":5}'), SECRET_TEXT: encoded("x") });
  expect(await resolveSecret(source, from, "LOGIN", "user")).toBe("u");
  expect(await resolveSecret(source, from, "LOGIN", "port")).toBe("5");
  await expect(resolveSecret(source, from, "LOGIN", "toString")).rejects.toThrow(
    "Cannot find secret sub-key 'toString'",
  );
  await expect(resolveSecret(source, from, "TEXT", "user")).rejects.toThrow("is no JSON map");
});

test("code of tasks sees the variables of the machine, but no secret of flows or of the server", () => {
  const visible = { PATH: "/bin", AWS_ACCESS_KEY_ID: "key", CAPSTAN_DATA: "/data", CAPSTAN_STORAGE_S3_BUCKET: "files" };
  const hidden = {
    SECRET_A: "x",
    CAPSTAN_DATABASE_URL: "x",
    CAPSTAN_DATABASE_PASSWORD: "x",
    CAPSTAN_SERVER_BASIC_AUTH_PASSWORD: "x",
    CAPSTAN_SERVER_API_TOKENS: "x",
    CAPSTAN_ENCRYPTION_SECRET_KEY: "x",
    CAPSTAN_STORAGE_S3_SECRET_ACCESS_KEY: "x",
    CAPSTAN_WORKER_TOKEN: "x",
    CAPSTAN_TOKEN: "x",
  };
  expect(withoutSecrets({ ...visible, ...hidden })).toEqual(visible);
});
