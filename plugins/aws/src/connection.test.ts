import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, startServer } from "@capstan/sdk/test-kit";
import { type S3Server, startFaultyProxy, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { definition } from "./testing/bucket-world.ts";

const ROLE = "arn:aws:iam::123456789012:role/files";
const SECRET = "hidden-word";
let server: S3Server;
/** A key of a user who may do everything. */
let key: { readonly accessKeyId: string; readonly secretKeyId: string };

/** A server that looks at signatures and policies, with one bucket, a user and a role. */
beforeAll(async () => {
  server = await startS3Server({ INITIAL_NO_AUTH_ACTION_COUNT: "100" });
  await server.bucket("files");
  const Allow = { Effect: "Allow", Action: ["s3:*", "sts:AssumeRole"], Resource: "*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [Allow] });
  await server.iam({ Action: "CreateUser", UserName: "ada" });
  await server.iam({ Action: "PutUserPolicy", UserName: "ada", PolicyName: "all", PolicyDocument });
  const Principal = { AWS: "arn:aws:iam::123456789012:user/ada" };
  const Trust = { Effect: "Allow", Principal, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [Trust] });
  await server.iam({ Action: "CreateRole", RoleName: "files", AssumeRolePolicyDocument });
  await server.iam({ Action: "PutRolePolicy", RoleName: "files", PolicyName: "all", PolicyDocument });
  const { accessKeyId, secretAccessKey: secretKeyId } = await server.keyOf("ada");
  key = { accessKeyId, secretKeyId };
  await server.freeRequests("0");
}, 300_000);
afterAll(() => server.stop());

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("HOME", "/nowhere");
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** Lists the bucket; the answer of the task, and all that it has logged. */
async function list(properties: JsonMap) {
  await using world = createTestWorld();
  const task = definition("s3.List") as TaskDefinition;
  const outcome = await world.run(task, { bucket: "files", endpointOverride: server.endpoint, ...properties });
  return { ...outcome, logs: world.logs };
}

describe("credentials", () => {
  test("are those that are given", async () => {
    expect(await list(key)).toMatchObject({ state: "SUCCESS" });
  });

  test("are those of the environment where none are given", async () => {
    expect(await list({})).toMatchObject({
      state: "FAILED",
      message: expect.stringContaining("no credentials were found"),
    });
    vi.stubEnv("AWS_ACCESS_KEY_ID", key.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", key.secretKeyId);
    expect(await list({})).toMatchObject({ state: "SUCCESS" });
  });

  test("are those of a profile where the environment names one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-aws-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const profile = `[files]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretKeyId}\n`;
    await writeFile(join(folder, "credentials"), profile);
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "credentials"));
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
    vi.stubEnv("AWS_PROFILE", "files");
    expect(await list({})).toMatchObject({ state: "SUCCESS" });
  });

  test("are those of a role that the given ones take on", async () => {
    const sts = await startFaultyProxy(server.endpoint, () => undefined);
    onTestFinished(() => sts.stop());
    const role = { stsRoleArn: ROLE, stsRoleExternalId: "x", stsEndpointOverride: sts.endpoint };
    expect(await list({ ...key, ...role })).toMatchObject({ state: "SUCCESS" });
    expect(sts.requests).toEqual(["POST /"]);
  });

  test("are those of a role that the ones of the environment take on", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", key.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", key.secretKeyId);
    const role = { stsRoleArn: ROLE, stsRoleSessionName: "me", stsEndpointOverride: server.endpoint };
    expect(await list(role)).toMatchObject({ state: "SUCCESS" });
  });

  test("are asked for by the name of the flow, for as long as was said", async () => {
    await using sts = await startServer((_request, response) => response.writeHead(403).end());
    const role = {
      stsRoleArn: ROLE,
      stsRoleExternalId: "x",
      stsRoleSessionDuration: "PT1H",
      stsEndpointOverride: sts.url,
    };
    expect(await list({ ...key, ...role })).toMatchObject({ state: "FAILED" });
    expect(Object.fromEntries(new URLSearchParams(sts.received[0]?.body))).toMatchObject({
      Action: "AssumeRole",
      RoleArn: ROLE,
      ExternalId: "x",
      RoleSessionName: "capstan-company.team-my-flow",
      DurationSeconds: "3600",
    });
  });

  test("are those of a temporary key with its token", async () => {
    const masterCredentials = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretKeyId };
    const clientConfig = { endpoint: server.endpoint, region: "us-east-1" };
    const given = await fromTemporaryCredentials({ masterCredentials, params: { RoleArn: ROLE }, clientConfig })();
    const { accessKeyId, secretAccessKey: secretKeyId, sessionToken = "" } = given;
    const temporary = { accessKeyId, secretKeyId, sessionToken };
    expect(await list(temporary)).toMatchObject({ state: "SUCCESS" });
  });
});

describe("what is wrong is told, without any credentials", () => {
  test.each([
    {
      what: "a wrong secret",
      properties: () => ({ ...key, secretKeyId: SECRET }),
      told: "the secret is not that of the access key. Check `secretKeyId` (SignatureDoesNotMatch, HTTP 403",
    },
    {
      what: "an unknown key",
      properties: () => ({ accessKeyId: "AKIAUNKNOWN", secretKeyId: SECRET }),
      told: "the server does not know the access key. Check `accessKeyId` (InvalidAccessKeyId, HTTP 403",
    },
    {
      what: "half a key",
      properties: () => ({ secretKeyId: SECRET }),
      told: "`accessKeyId` is missing: give `accessKeyId` and `secretKeyId` together",
    },
    {
      what: "the other half",
      properties: () => ({ accessKeyId: SECRET }),
      told: "`secretKeyId` is missing",
    },
    { what: "a token alone", properties: () => ({ sessionToken: SECRET }), told: "`accessKeyId` is missing" },
    {
      what: "a role for a wrong secret",
      properties: () => ({ ...key, secretKeyId: SECRET, stsRoleArn: ROLE, stsEndpointOverride: server.endpoint }),
      told: "SignatureDoesNotMatch",
    },
    {
      what: "a session that is too short",
      properties: () => ({ ...key, stsRoleArn: ROLE, stsRoleSessionDuration: "PT14M59S" }),
      told: "`stsRoleSessionDuration` is PT14M59S: AWS gives no session of less than PT15M",
    },
  ])("$what", async ({ properties, told }) => {
    const { logs, ...outcome } = await list(properties());
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(told) });
    const shown = inspect([outcome, logs], { depth: 20, showHidden: true });
    for (const secret of [SECRET, key.secretKeyId]) expect(shown).not.toContain(secret);
  });

  test("nor does the error itself hold them", async () => {
    await using world = createTestWorld();
    const task = definition("s3.List") as TaskDefinition;
    const properties = { bucket: "files", endpointOverride: server.endpoint, ...key, secretKeyId: SECRET };
    const error: unknown = await task.run!(world.context(task, properties)).catch((error: unknown) => error);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET);
  });

  test("a server that is away", async () => {
    // Nobody listens on a port that only the system may have.
    const outcome = await list({ ...key, endpointOverride: "http://127.0.0.1:1" });
    expect(outcome.message).toMatch(/the connection was refused\. Check `endpointOverride`.* \(ECONNREFUSED\)\.$/);
  });
});

describe("the region", () => {
  test.each([
    {
      what: "is that of the property",
      property: "eu-west-1",
      variables: { AWS_REGION: "eu-west-2" },
      expected: "eu-west-1",
    },
    {
      what: "is AWS_REGION",
      variables: { AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "eu-west-3" },
      expected: "eu-west-2",
    },
    { what: "is AWS_DEFAULT_REGION", variables: { AWS_DEFAULT_REGION: "eu-west-3" }, expected: "eu-west-3" },
    { what: "does not matter to other servers", variables: {}, expected: "us-east-1" },
  ])("$what", async ({ property, variables, expected }) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    await using world = createTestWorld();
    const outcome = await world.run(definition("s3.CreateBucket") as TaskDefinition, {
      bucket: `in-${expected}`,
      endpointOverride: server.endpoint,
      ...key,
      ...(property !== undefined && { region: property }),
    });
    expect(outcome).toMatchObject({ state: "SUCCESS", outputs: { region: expected } });
  });

  test("must be known for AWS itself", async () => {
    const outcome = await list({ ...key, endpointOverride: null });
    expect(outcome.message).toBe(
      "Listing s3://files/ failed: there is no region. Set `region`, or AWS_REGION for the worker.",
    );
  });
});

describe("path style", () => {
  test.each([
    { properties: {}, path: true },
    { properties: { forcePathStyle: true }, path: true },
    { properties: { compatibilityMode: true }, path: true },
    { properties: { forcePathStyle: false }, path: false },
  ])("of addresses is $path with $properties", async ({ properties, path }) => {
    const proxy = await startFaultyProxy(server.endpoint, () => undefined);
    onTestFinished(() => proxy.stop());
    // An address with a name, because one with a number has no place for a bucket.
    const endpointOverride = proxy.endpoint.replace("127.0.0.1", "localhost");
    await list({ ...key, endpointOverride, ...properties });
    const asked = proxy.requests.map((request) => request.startsWith("GET /files"));
    expect(asked).toEqual(path ? [true] : []);
  });
});
