import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addresses, STATE } from "./place.ts";
import { run } from "./processes.ts";

const DAYS = "365";

export const inPki = (name: string) => join(STATE, "pki", name);

/** The authority of the cluster, and the key that signs the tokens of service accounts. */
export async function makeAuthority(): Promise<void> {
  await run(
    ...("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=capstan-cluster".split(" ") as [
      string,
    ]),
    "-days",
    DAYS,
    "-keyout",
    inPki("ca.key"),
    "-out",
    inPki("ca.crt"),
  );
  await run("openssl", "genrsa", "-out", inPki("accounts.key"), "2048");
  await run("openssl", "rsa", "-in", inPki("accounts.key"), "-pubout", "-out", inPki("accounts.pub"));
}

/** A certificate for a client or a server, with the other names of a server, such as `IP:127.0.0.1`. */
export async function makeCertificate(name: string, subject: string, names: readonly string[] = []): Promise<void> {
  const [key, request, certificate, extensions] = ["key", "csr", "crt", "ext"].map((kind) =>
    inPki(`${name}.${kind}`),
  ) as [string, string, string, string];
  const others = names.length === 0 ? "" : `subjectAltName=${names.join(",")}\n`;
  await writeFile(extensions, `extendedKeyUsage=clientAuth,serverAuth\n${others}`);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await run("openssl", "req", "-new", ...curve, "-keyout", key, "-subj", subject, "-out", request);
  const authority = ["-CA", inPki("ca.crt"), "-CAkey", inPki("ca.key"), "-CAcreateserial"];
  await run(
    "openssl",
    "x509",
    "-req",
    "-in",
    request,
    ...authority,
    "-days",
    DAYS,
    "-out",
    certificate,
    "-extfile",
    extensions,
  );
}

/** A client's access to the cluster by its certificate. */
export async function writeKubeconfig(
  path: string,
  certificate: string,
  server = `https://${addresses.api}:6443`,
): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "capstan", cluster: { server, "certificate-authority": inPki("ca.crt") } }],
    users: [
      {
        name: certificate,
        user: { "client-certificate": inPki(`${certificate}.crt`), "client-key": inPki(`${certificate}.key`) },
      },
    ],
    contexts: [{ name: "capstan", context: { cluster: "capstan", user: certificate } }],
    "current-context": "capstan",
  };
  await writeFile(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
}
