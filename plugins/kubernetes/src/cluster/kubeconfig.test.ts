import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findAccess } from "./connection.ts";
import { accessOf, mergedKubeconfig, parseKubeconfig } from "./kubeconfig.ts";
import { ownAccess } from "./own-access.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-kubeconfig-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o700 });
  return folder;
}

/** A kubeconfig of one context. */
function kubeconfig(user: object = {}, cluster: object = {}, name = "one"): string {
  return JSON.stringify({
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name, namespace: `of-${name}` } }],
    clusters: [{ name, cluster: { server: `https://${name}:6443/`, ...cluster } }],
    users: [{ name, user }],
  });
}

const trusted = { isTrusted: true };

test("has the address, the namespace and the trust of its context", async () => {
  const cluster = { "certificate-authority-data": base64("CA"), "tls-server-name": "api", "proxy-url": "http://p:1" };
  const user = { "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") };
  const access = await accessOf(parseKubeconfig(kubeconfig(user, cluster), trusted));
  expect(access).toMatchObject({
    server: "https://one:6443",
    namespace: "of-one",
    tls: { ca: "CA", cert: "CERT", key: "KEY", servername: "api" },
    proxy: "http://p:1",
  });
  expect(await access.headers()).toEqual({});
});

test.each([
  [{ token: "t" }, { authorization: "Bearer t" }],
  [{ username: "u", password: "p" }, { authorization: `Basic ${base64("u:p")}` }],
  [
    { token: "t", as: "ann", "as-groups": ["a", "b"], "as-uid": "7" },
    { authorization: "Bearer t", "impersonate-user": "ann", "impersonate-group": ["a", "b"], "impersonate-uid": "7" },
  ],
])("asks as %j", async (user, headers) => {
  const access = await accessOf(parseKubeconfig(kubeconfig(user), trusted));
  expect(await access.headers()).toEqual(headers);
});

test("reads files beside it, and a token anew for each request", async () => {
  const folder = await folderWith({ "ca.crt": "CA", token: "first\n" });
  const text = kubeconfig({ tokenFile: "token" }, { "certificate-authority": "ca.crt" });
  const access = await accessOf(parseKubeconfig(text, { path: join(folder, "config"), isTrusted: true }));
  expect(access.tls.ca).toBe("CA");
  expect(await access.headers()).toEqual({ authorization: "Bearer first" });
  await writeFile(join(folder, "token"), "second");
  expect(await access.headers()).toEqual({ authorization: "Bearer second" });
});

test("asks a program for a credential, which may run out", async () => {
  const status = {
    token: "t",
    clientCertificateData: "C",
    clientKeyData: "K",
    expirationTimestamp: "2030-01-01T00:01:00Z",
  };
  const folder = await folderWith({
    login: `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > "$1"; echo '${JSON.stringify({ status })}'`,
  });
  const exec = {
    command: "./login",
    args: [join(folder, "info")],
    env: [{ name: "A", value: "b" }],
    provideClusterInfo: true,
  };
  const path = join(folder, "config");
  const access = await accessOf(parseKubeconfig(kubeconfig({ exec }), { path, isTrusted: true }));
  expect(access).toMatchObject({ tls: { cert: "C", key: "K" }, expiresAt: Date.parse("2030-01-01T00:00:00Z") });
  expect(await access.headers()).toEqual({ authorization: "Bearer t" });
});

test.each([
  [
    { command: "no-such-program", installHint: "get it at example.com" },
    /^the program no-such-program of the kubeconfig gives no credential: it is not installed: get it at example.com$/,
  ],
  [
    { command: "sh", args: ["-c", "echo hidden; exit 3"] },
    /^the program sh of the kubeconfig gives no credential: it failed \(3\)$/,
  ],
  [{ command: "sh", args: ["-c", "echo hidden"] }, /^the program sh of the kubeconfig gives no credential: it failed$/],
])("a program that gives none fails without what it said: %j", async (exec, message) => {
  await expect(accessOf(parseKubeconfig(kubeconfig({ exec }), trusted))).rejects.toThrow(message);
});

test("of several the first that names something wins", async () => {
  const texts = [kubeconfig({ token: "1" }), kubeconfig({ token: "2" }, {}, "two"), kubeconfig({ token: "3" })];
  const config = mergedKubeconfig(texts.map((text) => parseKubeconfig(text, trusted)));
  expect(await (await accessOf(config)).headers()).toEqual({ authorization: "Bearer 1" });
  expect((await accessOf(config, "two")).server).toBe("https://two:6443");
  await expect(accessOf(config, "three")).rejects.toThrow(
    'the kubeconfig has no context "three": it has one, two, one',
  );
});

test.each([
  ["a: [hidden", /^the kubeconfig is no YAML$/],
  ["clusters: [{name: a, cluster: {}}]", /^the kubeconfig can't be read: clusters\.0\.cluster\.server: /],
  [kubeconfig({ exec: { command: "sh" } }), /^the kubeconfig has `exec`, which reaches for the worker's machine/],
  [kubeconfig({ tokenFile: "/etc/passwd" }), /has `tokenFile`/],
  [kubeconfig({}, { "certificate-authority": "/etc/passwd" }), /has `certificate-authority`/],
])("of a flow's author %j is refused", async (text, message) => {
  await expect(async () => parseKubeconfig(text, { isTrusted: false })).rejects.toThrow(message);
});

test("the worker's own is where kubectl finds it, or nowhere", async () => {
  const folder = await folderWith({ config: kubeconfig({ token: "t" }) });
  const missing = join(folder, "missing");
  expect((await ownAccess({ KUBECONFIG: `${missing}:${join(folder, "config")}` })).server).toBe("https://one:6443");
  await expect(ownAccess({ KUBECONFIG: missing })).rejects.toThrow(
    `there is no Kubernetes cluster to ask: the worker has no kubeconfig (${missing}) and runs in no pod`,
  );
});

test("a connection takes PEM, or PEM in base64", async () => {
  const pem = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";
  const given = {
    masterUrl: "https://c:6443/",
    caCertData: base64(pem),
    clientCertData: pem,
    oauthToken: "t",
    trustCerts: false,
    disableHostnameVerification: true,
  };
  const access = await findAccess(given);
  expect(access).toMatchObject({ server: "https://c:6443", tls: { ca: pem, cert: pem, isAnyHost: true } });
  expect(await access.headers()).toEqual({ authorization: "Bearer t" });
  await expect(findAccess({ ...given, caCertData: "nonsense" })).rejects.toThrow(
    "`caCertData` is neither PEM nor PEM in base64",
  );
  await expect(findAccess({ ...given, masterUrl: "c:6443" })).rejects.toThrow(
    '`masterUrl` is "c:6443": write an address such as https://10.0.0.1:6443',
  );
});
