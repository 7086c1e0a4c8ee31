import { expect, test } from "vitest";
import { decodeSource } from "./decode-source.ts";

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

test("text is read without its byte order mark", () => {
  expect(decodeSource(bytes([0xef, 0xbb, 0xbf], "id: é"))).toEqual({ source: "id: é" });
});

test.each([
  ["Latin-1", bytes("id: a\nname: caf", [0xe9], "\n"), "2:10"],
  ["UTF-16", bytes([0xff, 0xfe], "i", [0], "d", [0]), "1:1"],
  ["a cut character", bytes("id: ", [0xc3]), "1:5"],
  ["behind a replacement character that belongs to the text", bytes("a: \uFFFD\nb: ", [0xff]), "2:4"],
])("%s is told where it begins", (_what, source, place) => {
  const decoded = decodeSource(source);
  if (!("diagnostic" in decoded)) throw new Error("decoded");
  const { code, severity, range } = decoded.diagnostic;
  expect([code, severity, `${range.start.line}:${range.start.column}`]).toEqual(["wrong-encoding", "error", place]);
});
