import { expect, test } from "vitest";
import { toStorageError } from "./s3-errors.ts";

function failure(name: string, status?: number, more: object = {}): Error {
  const $metadata = status === undefined ? {} : { httpStatusCode: status, requestId: "r1" };
  return Object.assign(new Error("refused"), { name, $metadata, ...more });
}

test.each([
  ["NoSuchKey", 404, "file-not-found"],
  ["PreconditionFailed", 412, "file-changed"],
  ["NoSuchBucket", 404, "bucket-not-found"],
  ["PermanentRedirect", 301, "bucket-not-found"],
  ["AuthorizationHeaderMalformed", 400, "bucket-not-found"],
  ["Unknown", 301, "bucket-not-found"],
  ["AccessDenied", 403, "storage-denied"],
  ["RequestTimeTooSkewed", 403, "storage-denied"],
  ["ExpiredToken", 400, "storage-denied"],
  ["Unknown", 403, "storage-denied"],
  ["SlowDown", 503, "storage-unreachable"],
  ["InternalError", 500, "storage-unreachable"],
  ["TooManyRequests", 429, "storage-unreachable"],
  ["TimeoutError", undefined, "storage-unreachable"],
  ["XMinioStorageFull", 507, "storage-full"],
  ["QuotaExceeded", 403, "storage-full"],
  ["EntityTooLarge", 400, "file-too-large"],
  ["NotImplemented", 501, "storage-refused"],
  ["InvalidRequest", 400, "storage-refused"],
])("%s with the status %s becomes %s", (name, status, expected) => {
  const error = failure(name, status);
  expect(toStorageError(error, "main/a")).toMatchObject({ name: "StorageError", code: expected, cause: error });
});

test.each([
  [Object.assign(new Error("x"), { code: "ENOTFOUND" }), "main/a (ENOTFOUND)"],
  [Object.assign(new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })]), {}), "ECONNREFUSED"],
  [Object.assign(new Error("x"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }), "NODE_EXTRA_CA_CERTS"],
])("a connection that fails is told by its code: %s", (error, told) => {
  expect(toStorageError(error, "main/a")).toMatchObject({
    code: "storage-unreachable",
    message: expect.stringContaining(told),
  });
});

test("a bucket of another region is told with its region", () => {
  const $response = { headers: { "x-amz-bucket-region": "eu-west-1" } };
  const error = toStorageError(failure("PermanentRedirect", 301, { $response }), "what lies in the bucket") as Error;
  expect(error.message).toContain(
    "it is in another region (PermanentRedirect, HTTP 301, region eu-west-1, request r1)",
  );
});

test("our own mistakes and requests that were given up are no errors of the server", () => {
  for (const error of [new TypeError("undefined is no function"), failure("AbortError"), "text"])
    expect(toStorageError(error, "main/a")).toBe(error);
});
