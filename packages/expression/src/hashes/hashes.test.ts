import { describe, expect, test } from "vitest";
import { md5 } from "./md5.ts";
import { sha1 } from "./sha1.ts";
import { sha256 } from "./sha256.ts";
import { sha512 } from "./sha512.ts";

/** Hashes texts of all lengths around the block sizes, each together with the digest before it. */
function chained(hash: (text: string) => string): string {
  let digest = "";
  for (let length = 0; length < 300; length += 1) digest = hash(digest + "é".repeat(length));
  return digest;
}

describe("hashes agree with OpenSSL for texts of all lengths", () => {
  test.each([
    ["md5", md5, "0d5d8d60b0bffac898f8e0b64889d993"],
    ["sha1", sha1, "2dccc7edccfa4047f7d6854937e7cab7916ae2a1"],
    ["sha256", sha256, "f47597f7f9c0149bc602232e0c2c94c56b1621bb5779e74eef4e096c1299eef6"],
    [
      "sha512",
      sha512,
      "57ac2391559419da96662e148d5d123755cf0f34e522aa82070508cc040f1730a9afef3eff4a6d8a18ea418f5a9a831e013bcaf8bdfda43284bb1f5fcc810c65",
    ],
  ])("%s", (_, hash, digest) => {
    expect(chained(hash)).toBe(digest);
  });
});
