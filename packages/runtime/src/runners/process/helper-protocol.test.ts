import { expect, test } from "vitest";
import {
  createAnswerReader,
  decodeRequests,
  encodeRequest,
  type HelperAnswer,
  type HelperRequest,
} from "./helper-protocol.ts";

const request: HelperRequest = {
  type: "run",
  id: 7,
  workingDirectory: "/tmp/a folder",
  env: { EMPTY: "", LINES: "a\nb=c", UMLAUT: "ä" },
  command: ["sh", "-c", "echo 'x'\necho y", ""],
};

test("a request reads back as it was, however its bytes arrive", () => {
  const requests: readonly HelperRequest[] = [request, { type: "forget", id: 7 }, { ...request, id: 8 }];
  const bytes = Buffer.concat(requests.map(encodeRequest));
  const taken: HelperRequest[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for (const byte of bytes) rest = decodeRequests(Buffer.concat([rest, Buffer.from([byte])]), (one) => taken.push(one));
  expect(taken).toEqual(requests);
  expect(rest.length).toBe(0);
});

test("a NUL character is refused, because no program can be given one", () => {
  expect(() => encodeRequest({ ...request, command: ["echo", "a\0b"] })).toThrow("can't contain NUL");
});

const SAID = Buffer.from(
  "ready\nstarted 3 400\noutput 3 1 6\nä\n\0b\noutput 3 2 0\nsomething else\nexited 3 0 15 1\nclosed 3\n",
);

test.each([1, 2, 3, 7, 1_000])("answers are read from chunks of %d bytes", (size) => {
  const output: Buffer[] = [];
  const others: HelperAnswer[] = [];
  const read = createAnswerReader((answer) => {
    if (answer.type === "output") output.push(Buffer.from(answer.bytes));
    else others.push(answer);
  });
  for (let start = 0; start < SAID.length; start += size) read(SAID.subarray(start, start + size));
  expect(Buffer.concat(output).toString()).toBe("ä\n\0b\n");
  expect(others).toEqual([
    { type: "ready" },
    { type: "started", id: 3, pid: 400 },
    { type: "exited", id: 3, exitCode: 0, signalNumber: 15, isAlone: true },
    { type: "closed", id: 3 },
  ]);
});
