import { expect, test } from "vitest";
import { digestAuthorization } from "./digest.ts";

const REQUEST = { method: "GET", path: "/dir/index.html", username: "Mufasa", password: "Circle of Life" };
const NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
const CLIENT_NONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

// The example of RFC 7616, section 3.9.1.
test.each([
  ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
  ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
])("answers a challenge with %s", (algorithm, response) => {
  const challenge = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${OPAQUE}"`;
  const request = { ...REQUEST, password: "Circle of Life" };
  expect(digestAuthorization(challenge, request, CLIENT_NONCE)).toContain(`response="${response}"`);
});

test("answers nothing to a challenge of another kind or an unknown algorithm", () => {
  expect(digestAuthorization('Basic realm="x"', REQUEST)).toBeUndefined();
  expect(digestAuthorization('Digest realm="x", nonce="n", algorithm=NEW', REQUEST)).toBeUndefined();
});
