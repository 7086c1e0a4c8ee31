import { expect, test } from "vitest";
import { loadConfiguration } from "./configuration.ts";
import { filesInS3 } from "./s3-files.ts";
import { startMessage } from "./start-message.ts";
import { runCommand, temporaryFiles } from "./testing/run-command.ts";

const S3 = { CAPSTAN_STORAGE_TYPE: "s3", CAPSTAN_STORAGE_S3_BUCKET: "files" };

test("files lie in the data folder unless a bucket is set", () => {
  const { configuration } = loadConfiguration(undefined, {});
  expect(configuration.storage).toEqual({
    type: "local",
    s3: {
      prefix: "",
      partBytes: 8_388_608,
      requestTimeout: "PT30S",
      startTimeout: "PT1M",
      presignedDownloads: false,
    },
  });
});

test("a bucket is set by variables, and what threads open is the same without a look at the bucket", () => {
  const { configuration } = loadConfiguration(undefined, {
    ...S3,
    CAPSTAN_STORAGE_S3_ENDPOINT: "http://minio:9000",
    CAPSTAN_STORAGE_S3_PREFIX: "capstan/files",
    CAPSTAN_STORAGE_S3_ACCESS_KEY_ID: "key",
    CAPSTAN_STORAGE_S3_SECRET_ACCESS_KEY: "hidden-word",
    CAPSTAN_STORAGE_S3_FORCE_PATH_STYLE: "false",
    CAPSTAN_STORAGE_S3_PART_BYTES: "5242880",
    CAPSTAN_STORAGE_S3_REQUEST_TIMEOUT: "PT2S",
    CAPSTAN_STORAGE_S3_PRESIGNED_DOWNLOADS: "true",
    CAPSTAN_STORAGE_S3_PUBLIC_ENDPOINT: "https://files.example.org",
  });
  const { ofThreads, shown, storage } = filesInS3(configuration);
  expect(shown).toBe("s3://files/capstan/files at http://minio:9000");
  expect(ofThreads.options).toMatchObject({
    bucket: "files",
    endpoint: "http://minio:9000",
    forcePathStyle: false,
    partBytes: 5_242_880,
    silenceMsMax: 2_000,
    startMsMax: 60_000,
    checksBucket: false,
    downloads: { endpoint: "https://files.example.org" },
  });
  expect(storage).toHaveProperty("downloadUrl");
  const lines = startMessage({ url: "http://127.0.0.1:8080", data: "/d", files: shown }).split("\n");
  expect(lines[2]).toBe("  files   s3://files/capstan/files at http://minio:9000");
});

test("a file sets the same, with true and false as YAML has them", async () => {
  const path = await temporaryFiles({
    "c.yaml": "storage: { type: s3, s3: { bucket: files, presignedDownloads: true, region: eu-west-1 } }\n",
  });
  const { configuration } = loadConfiguration(path("c.yaml"), {});
  expect(filesInS3(configuration)).toMatchObject({
    shown: "s3://files",
    ofThreads: { options: { region: "eu-west-1", downloads: {} } },
  });
});

test.each([
  ["TYPE", "gcs", "it must be one of local, s3"],
  ["S3_BUCKET", "x", "it must be the name of a bucket"],
  ["S3_ENDPOINT", "minio:9000", "it must be an address such as https://"],
  ["S3_ENDPOINT", "https://key:hidden-word@minio:9000", "without a name and a password"],
  ["S3_PUBLIC_ENDPOINT", "ftp://files.example.org", "it must be an address such as https://"],
  ["S3_PREFIX", "/files", "single slashes between them"],
  ["S3_PREFIX", "files/", "single slashes between them"],
  ["S3_PREFIX", "a/../b", "single slashes between them"],
  ["S3_PREFIX", "p".repeat(51), "at most 50 letters"],
  ["S3_PART_BYTES", "5242879", "from 5242880 to 536870912"],
  ["S3_PART_BYTES", "536870913", "from 5242880 to 536870912"],
  ["S3_REQUEST_TIMEOUT", "PT0S", "from PT1S to PT1H"],
  ["S3_START_TIMEOUT", "PT1H1S", "from PT0S to PT1H"],
  ["S3_FORCE_PATH_STYLE", "yes", "it must be true or false"],
])("%s=%s is refused", (name, value, problem) => {
  const refused = (): unknown => loadConfiguration(undefined, { ...S3, [`CAPSTAN_STORAGE_${name}`]: value });
  expect(refused).toThrow(problem);
  expect(refused).toThrow(`CAPSTAN_STORAGE_${name}`);
  expect(refused).not.toThrow("hidden-word");
});

test.each([
  ["PREFIX", "p".repeat(50)],
  ["PART_BYTES", "5242880"],
  ["PART_BYTES", "536870912"],
  ["START_TIMEOUT", "PT0S"],
  ["REQUEST_TIMEOUT", "PT1H"],
])("%s may be just %s", (name, value) => {
  expect(loadConfiguration(undefined, { ...S3, [`CAPSTAN_STORAGE_S3_${name}`]: value }).warnings).toEqual([]);
});

test("a bucket without the type is warned of, since files would go to the disk", () => {
  const { warnings } = loadConfiguration(undefined, { CAPSTAN_STORAGE_S3_BUCKET: "files" });
  expect(warnings).toEqual(["storage.s3.bucket sets nothing while storage.type is local — set storage.type to s3"]);
});

test("a server doesn't start with half of the settings, and says which is missing", async () => {
  const path = await temporaryFiles();
  const words = ["server", "--port", "0", "--data", path("data")];
  const noBucket = await runCommand(words, { environment: { CAPSTAN_STORAGE_TYPE: "s3" } });
  expect([noBucket.exitCode, noBucket.stderr]).toEqual([
    2,
    "storage.type s3 needs storage.s3.bucket — see capstan config explain\n",
  ]);
  const halfKey = await runCommand(words, { environment: { ...S3, CAPSTAN_STORAGE_S3_ACCESS_KEY_ID: "key" } });
  expect([halfKey.exitCode, halfKey.stderr]).toEqual([
    2,
    "storage.s3 needs both accessKeyId and secretAccessKey, or none of them — see capstan config explain\n",
  ]);
});

test("the secret is shown nowhere", async () => {
  const environment = { ...S3, CAPSTAN_STORAGE_S3_SECRET_ACCESS_KEY: "hidden-word" };
  for (const words of [
    ["config", "explain"],
    ["config", "explain", "--json"],
  ]) {
    const { stdout, stderr, exitCode } = await runCommand(words, { environment });
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining("storage.s3.secretAccessKey")]);
    expect(stdout + stderr).not.toContain("hidden-word");
  }
});
