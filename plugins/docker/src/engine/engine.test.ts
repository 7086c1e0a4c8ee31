import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { engineAddress, hostOf } from "./engine-address.ts";
import { imageName } from "./image-name.ts";
import { logFrames } from "./log-frames.ts";
import { followProgress } from "./progress.ts";
import { authHeader, configHeader } from "./registry-access.ts";

test.each([
  ["unix:///var/run/docker.sock", { socketPath: "/var/run/docker.sock" }],
  ["tcp://engine:2375", { protocol: "http:", host: "engine", port: 2375 }],
  ["tcp://engine", { protocol: "http:", host: "engine", port: 2375 }],
  ["http://10.0.0.1:80/", { protocol: "http:", host: "10.0.0.1", port: 80 }],
  ["https://engine.example.org", { protocol: "https:", host: "engine.example.org", port: 2376 }],
  ["tcp://[::1]:2375", { protocol: "http:", host: "::1", port: 2375 }],
])("the host %s is an address", (host, address) => {
  expect(engineAddress(host)).toEqual(address);
});

test.each(["engine:2375", "unix://", "ssh://me@engine", "tcp://me:secret@engine:2375"])(
  "the host %s is none",
  (host) => {
    expect(() => engineAddress(host)).toThrow(/is no address: write unix:/);
    expect(() => engineAddress(host)).not.toThrow(/secret/);
  },
);

test("the host is that of the task, of the worker, or the usual socket", () => {
  expect(hostOf("tcp://a", { DOCKER_HOST: "tcp://b" })).toBe("tcp://a");
  expect(hostOf(undefined, { DOCKER_HOST: "tcp://b" })).toBe("tcp://b");
  expect(hostOf(undefined, {})).toBe("unix:///var/run/docker.sock");
});

test.each([
  ["ubuntu", { registry: "docker.io", repository: "ubuntu", tag: "latest" }],
  ["ubuntu:24.04", { registry: "docker.io", repository: "ubuntu", tag: "24.04" }],
  ["company/app", { registry: "docker.io", repository: "company/app", tag: "latest" }],
  ["ghcr.io/company/app:1", { registry: "ghcr.io", repository: "ghcr.io/company/app", tag: "1" }],
  ["localhost:5000/app", { registry: "localhost:5000", repository: "localhost:5000/app", tag: "latest" }],
  ["localhost/app", { registry: "localhost", repository: "localhost/app", tag: "latest" }],
  ["ghcr.io/app@sha256:ab", { registry: "ghcr.io", repository: "ghcr.io/app", tag: undefined, digest: "sha256:ab" }],
])("the image %s has its parts", (image, parts) => {
  expect(imageName(image)).toEqual({ digest: undefined, ...parts });
});

const decoded = (headers: Readonly<Record<string, string>>, name: string) =>
  JSON.parse(Buffer.from(headers[name] ?? "", "base64url").toString("utf8")) as unknown;
const KNOWN = Buffer.from("ann:pa:ss").toString("base64");

test.each([
  {
    name: "credentials",
    access: { credentials: { registry: "https://ghcr.io", username: "ann", password: "s" } },
    auth: { username: "ann", password: "s", serveraddress: "https://ghcr.io" },
  },
  {
    name: "credentials that name no registry",
    access: { credentials: { registryToken: "t" } },
    auth: { registrytoken: "t", serveraddress: "ghcr.io" },
  },
  {
    name: "a configuration",
    access: { config: { auths: { "ghcr.io": { auth: KNOWN } } } },
    auth: { username: "ann", password: "pa:ss", serveraddress: "ghcr.io" },
  },
  {
    name: "a configuration as text",
    access: { config: JSON.stringify({ auths: { "https://ghcr.io/v2/": { identitytoken: "i" } } }) },
    auth: { identitytoken: "i", serveraddress: "https://ghcr.io/v2/" },
  },
  {
    name: "credentials before a configuration",
    access: { credentials: { registry: "ghcr.io", auth: KNOWN }, config: { auths: { "ghcr.io": { auth: "" } } } },
    auth: { username: "ann", password: "pa:ss", serveraddress: "ghcr.io" },
  },
])("a registry is opened by $name", ({ access, auth }) => {
  expect(decoded(authHeader(access, "ghcr.io/company/app"), "x-registry-auth")).toEqual(auth);
});

test.each(["a", "ab", "abc"])("the header of the password %s has its padding", (password) => {
  const header = authHeader({ credentials: { registry: "ghcr.io", password } }, "ghcr.io/a")["x-registry-auth"]!;
  expect(header.length % 4).toBe(0);
  expect(header).toMatch(/^[\w-]+=*$/);
});

test("what opens one registry is not told to another", () => {
  const access = {
    credentials: { registry: "ghcr.io", password: "s" },
    config: { auths: { "quay.io": { auth: KNOWN } } },
  };
  expect(authHeader(access, "ubuntu")).toEqual({});
  expect(authHeader({ config: { auths: { "https://index.docker.io/v1/": { auth: KNOWN } } } }, "ubuntu")).not.toEqual(
    {},
  );
});

test("a build is told of all registries", () => {
  const access = {
    credentials: { registry: "ghcr.io", registryToken: "t" },
    config: { auths: { "quay.io": { auth: KNOWN } } },
  };
  expect(decoded(configHeader(access), "x-registry-config")).toEqual({
    "ghcr.io": { registrytoken: "t", serveraddress: "ghcr.io" },
    "quay.io": { username: "ann", password: "pa:ss", serveraddress: "quay.io" },
  });
  expect(configHeader({})).toEqual({});
});

test("a configuration that is none fails without showing it", () => {
  expect(() => authHeader({ config: "{secret" }, "a")).toThrow(/^`config` is no configuration of Docker: [^{]*$/);
});

test("frames are put together wherever the stream is cut", async () => {
  const TIME = "2026-01-31T12:30:00.123456789Z";
  const frame = (stream: number, text: string) => {
    const content = Buffer.from(`${TIME} ${text}`);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(content.length, 4);
    return Buffer.concat([header, content]);
  };
  const whole = Buffer.concat([frame(1, "out"), frame(2, "error"), frame(1, ""), frame(1, "end")]);
  for (let size = 1; size <= whole.length; size += 1) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size),
    );
    const texts = { stdout: "", stderr: "" };
    let pieces = 0;
    for await (const { stream, bytes, time, isFirst } of logFrames(Readable.from(chunks))) {
      texts[stream] += bytes.toString();
      if (isFirst) pieces += 1;
      expect(time).toBe(TIME);
    }
    expect({ ...texts, pieces }).toEqual({ stdout: "outend", stderr: "error", pieces: 4 });
  }
});

const NEVER = new AbortController().signal;

test("an answer that breaks off fails", async () => {
  const answer = Readable.from(
    (async function* breaking() {
      yield Buffer.from('{"status":"Pulling"}\n');
      throw new Error("aborted");
    })(),
  );
  await expect(followProgress(answer, NEVER, () => undefined)).rejects.toThrow(
    "the connection to the Docker engine was lost: aborted",
  );
});

test("an error that comes with a good status fails", async () => {
  const answer = Readable.from([Buffer.from('{"status":"Pulling"}\n{"err'), Buffer.from('or":"denied"}\n')]);
  const told: unknown[] = [];
  await expect(followProgress(answer, NEVER, (progress) => told.push(progress))).rejects.toThrow(
    "the Docker engine says: denied",
  );
  expect(told).toEqual([{ status: "Pulling" }]);
});
