import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { knownKeys } from "./known-hosts.ts";

const KEY = Buffer.from("a key");
const line = (names: string, mark = "") => `${mark}${names} ssh-ed25519 ${KEY.toString("base64")} comment`;
const hashed = (name: string) => {
  const salt = Buffer.from("salt");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};

test.each([
  { lines: line("files.example.com"), host: "files.example.com", port: 22, isKnown: true },
  { lines: line("FILES.example.com,10.0.0.1"), host: "files.example.com", port: 22, isKnown: true },
  { lines: line("files.example.com"), host: "files.example.com", port: 2222, isKnown: false },
  { lines: line("[files.example.com]:2222"), host: "files.example.com", port: 2222, isKnown: true },
  { lines: line("*.example.com"), host: "files.example.com", port: 22, isKnown: true },
  { lines: line("*.example.com,!files.*"), host: "files.example.com", port: 22, isKnown: false },
  { lines: line("filesXexample.com"), host: "files.example.com", port: 22, isKnown: false },
  { lines: line(hashed("files.example.com")), host: "files.example.com", port: 22, isKnown: true },
  { lines: line(hashed("other.example.com")), host: "files.example.com", port: 22, isKnown: false },
  { lines: `# ${line("files.example.com")}\n\nnonsense`, host: "files.example.com", port: 22, isKnown: false },
  { lines: line("files.example.com", "@cert-authority "), host: "files.example.com", port: 22, isKnown: false },
  {
    lines: `${line("files.example.com")}\n${line("*", "@revoked ")}`,
    host: "files.example.com",
    port: 22,
    isKnown: false,
  },
])("$lines of $host at $port", ({ lines, host, port, isKnown }) => {
  const known = knownKeys(lines, { host, port });
  expect(known.has(KEY)).toBe(isKnown);
  expect(known.has(Buffer.from("another key"))).toBe(false);
});
