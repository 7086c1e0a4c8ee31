import { expect, test } from "vitest";
import { connectionOf } from "./connection.ts";
import { sharedKeyAuthorization } from "./shared-key.ts";

const KEY = Buffer.from("hush hush").toString("base64");

test.each([
  [
    "a connection string of the portal",
    {
      connectionString: `DefaultEndpointsProtocol=https;AccountName=sales;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    },
    "https://sales.blob.core.windows.net",
    "key",
  ],
  [
    "one of another cloud",
    { connectionString: `AccountName=sales;AccountKey=${KEY};EndpointSuffix=core.chinacloudapi.cn` },
    "https://sales.blob.core.chinacloudapi.cn",
    "key",
  ],
  [
    "one with a signature",
    { connectionString: "BlobEndpoint=https://sales.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=a%3D" },
    "https://sales.blob.core.windows.net",
    "signature",
  ],
  [
    "that of an emulator",
    { connectionString: "UseDevelopmentStorage=true" },
    "http://127.0.0.1:10000/devstoreaccount1",
    "key",
  ],
  [
    "a key",
    { sharedKeyAccountName: "sales", sharedKeyAccountAccessKey: KEY },
    "https://sales.blob.core.windows.net",
    "key",
  ],
  [
    "an endpoint, which goes before the connection string",
    { endpoint: "https://private.example.com/", connectionString: `AccountName=sales;AccountKey=${KEY}` },
    "https://private.example.com",
    "key",
  ],
  [
    "an endpoint with a signature",
    { endpoint: "https://a.blob.core.windows.net?sv=1&sig=b" },
    "https://a.blob.core.windows.net",
    "signature",
  ],
  ["an endpoint alone", { endpoint: "https://a.blob.core.windows.net" }, "https://a.blob.core.windows.net", "token"],
])("%s says where the account is and who asks", (_, properties, endpoint, kind) => {
  expect(connectionOf(properties)).toMatchObject({ endpoint, credential: { kind } });
});

test.each([
  ["nothing", {}, /Nothing says where/],
  ["no address", { endpoint: "sales" }, /is no address/],
  ["a string that is none", { connectionString: "hush" }, /`connectionString` is none/],
  [
    "a key without its account",
    { endpoint: "https://a.b", sharedKeyAccountAccessKey: KEY },
    /`sharedKeyAccountName` is missing/,
  ],
  ["a key that is none", { sharedKeyAccountName: "sales", sharedKeyAccountAccessKey: "hush!" }, /not in base64/],
])("%s is refused, and shown nowhere", (_, properties, message) => {
  expect(() => connectionOf(properties)).toThrow(message);
  expect(() => connectionOf(properties)).not.toThrow(/hush/);
});

test("a signature covers the headers and parameters in their order", () => {
  const request = {
    method: "PUT",
    url: new URL("https://sales.blob.core.windows.net/c/b?timeout=10&comp=block&blockid=MQ%3D%3D"),
    headers: {
      "x-ms-version": "2021-12-02",
      "Content-Type": "text/plain",
      "x-ms-date": "Thu, 01 Jan 2026 00:00:00 GMT",
    },
    contentLength: 7,
  };
  const key = Buffer.from(KEY, "base64");
  const first = sharedKeyAuthorization("sales", key, request);
  expect(first).toMatch(/^SharedKey sales:[\w+/]{43}=$/);
  const other = { ...request.headers, "x-ms-version": "2021-12-03" };
  expect(sharedKeyAuthorization("sales", key, { ...request, headers: other })).not.toBe(first);
  const turned = { ...request, url: new URL("https://x/c/b?blockid=MQ%3D%3D&comp=block&timeout=10") };
  expect(sharedKeyAuthorization("sales", key, turned)).toBe(first);
});
