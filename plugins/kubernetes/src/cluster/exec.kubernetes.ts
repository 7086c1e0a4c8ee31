import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { IMAGE, NEVER, type TestNamespace, testNamespace } from "../testing/test-namespace.ts";
import { exec } from "./exec.ts";

let space: TestNamespace;
let path: string;
beforeAll(async () => {
  space = await testNamespace();
  const containers = [{ name: "main", image: IMAGE, imagePullPolicy: "IfNotPresent", command: ["sleep", "600"] }];
  const body = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers } };
  const pods = `/api/v1/namespaces/${space.name}/pods`;
  await space.cluster.ask({ method: "POST", path: pods, body, signal: NEVER });
  path = `${pods}/p/exec`;
  await vi.waitUntil(async () => (await space.find("pods/p"))?.status?.["phase"] === "Running", { timeout: 30_000 });
});
afterAll(() => space[Symbol.asyncDispose]());

const asked = { container: "main", signal: NEVER };

test("input goes in and comes back, many megabytes of it", async () => {
  const piece = randomBytes(1_048_576);
  const pieces = 16;
  let bytes = 0;
  let isSame = true;
  const stdin = Readable.from(
    Array.from({ length: pieces }, () => piece),
    { objectMode: false },
  );
  const onOutput = async (got: Buffer) => {
    const begin = bytes % piece.length;
    isSame &&= Buffer.concat([piece, piece])
      .subarray(begin, begin + got.length)
      .equals(got);
    bytes += got.length;
    await turn();
  };
  await exec(space.cluster, { ...asked, path, command: ["cat"], stdin, onOutput });
  expect(bytes).toBe(pieces * piece.length);
  expect(isSame).toBe(true);
});

test("a program that fails says what it said", async () => {
  const failing = exec(space.cluster, { ...asked, path, command: ["sh", "-c", "echo no such luck >&2; exit 3"] });
  await expect(failing).rejects.toThrow("sh in the container main failed: no such luck");
  const silent = exec(space.cluster, { ...asked, path, command: ["false"] });
  await expect(silent).rejects.toThrow(
    "false in the container main failed: command terminated with non-zero exit code",
  );
});

test.each([
  [{ command: ["no-such-program"] }, /no-such-program in the container main failed: .*no-such-program/],
  [{ command: ["true"], container: "other" }, /^the cluster says: container other is not valid for pod p/],
])("%j is refused in the words of the cluster", async (wrong, message) => {
  await expect(exec(space.cluster, { ...asked, path, ...wrong })).rejects.toThrow(message);
});

test("a program that is not wanted any more is left", async () => {
  const end = new AbortController();
  const begun = Promise.withResolvers<void>();
  const running = exec(space.cluster, {
    ...asked,
    path,
    command: ["sh", "-c", "echo up; sleep 600"],
    onOutput: () => begun.resolve(),
    signal: end.signal,
  });
  await begun.promise;
  end.abort(new Error("killed"));
  await expect(running).rejects.toThrow("killed");
});
