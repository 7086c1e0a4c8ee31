import { expect, test } from "vitest";
import { decodeRequests, encodeRequest, type HelperRequest, parseAnswer } from "./helper-protocol.ts";

const request: HelperRequest = {
  id: 7,
  workingDirectory: "/tmp/a folder",
  stdout: "/tmp/out",
  stderr: "/tmp/err",
  env: { EMPTY: "", LINES: "a\nb=c", UMLAUT: "ä" },
  command: ["sh", "-c", "echo 'x'\necho y", ""],
};

test("a request reads back as it was, however its bytes arrive", () => {
  const bytes = Buffer.concat([encodeRequest(request), encodeRequest({ ...request, id: 8 })]);
  const taken: HelperRequest[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (const byte of bytes) rest = decodeRequests(Buffer.concat([rest, Buffer.from([byte])]), (one) => taken.push(one));
  expect(taken).toEqual([request, { ...request, id: 8 }]);
  expect(rest.length).toBe(0);
});

test("a NUL character is refused, because no program can be given one", () => {
  expect(() => encodeRequest({ ...request, command: ["echo", "a\0b"] })).toThrow("can't contain NUL");
});

test.each([
  ["ready", { type: "ready" }],
  ["started 3 400", { type: "started", id: 3, pid: 400 }],
  ["exited 3 0 15", { type: "exited", id: 3, exitCode: 0, signalNumber: 15 }],
  ["something else", undefined],
])("reads the answer %s", (line, answer) => {
  expect(parseAnswer(line)).toEqual(answer);
});
