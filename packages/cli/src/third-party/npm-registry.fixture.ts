import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Files of a package by their paths; `package.json` is made of the name, the version and what is given. */
export interface PackageSource {
  readonly name: string;
  readonly version: string;
  readonly description?: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
}

export function writePackage(folder: string, { name, version, description, files }: PackageSource): void {
  const all = { ...files, "package.json": JSON.stringify({ name, version, ...description }) };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A registry that serves packages as npm asks for them, for the real npm; answers its address. */
export async function serveRegistry(folder: string, sources: readonly PackageSource[]): Promise<string> {
  const tarballs = new Map(sources.map((source) => [source.name, packed(folder, source)]));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const source = sources.find(({ name }) => path === name || path === `${name}.tgz`);
    if (source === undefined) response.writeHead(404).end("{}");
    else if (path.endsWith(".tgz")) response.end(tarballs.get(source.name));
    else response.end(JSON.stringify(packument(source, tarballs.get(source.name)!, request.headers.host!)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What a registry knows of a package. */
function packument({ name, version, description }: PackageSource, tarball: Buffer, host: string) {
  const dist = {
    tarball: `http://${host}/${encodeURIComponent(name)}.tgz`,
    integrity: `sha512-${createHash("sha512").update(tarball).digest("base64")}`,
  };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { name, version, ...description, dist } } };
}

function packed(folder: string, source: PackageSource): Buffer {
  const place = join(folder, source.name.replaceAll("/", "+"));
  writePackage(place, source);
  const [file] = JSON.parse(execFileSync("npm", ["pack", "--json"], { cwd: place, encoding: "utf8" })) as [
    { readonly filename: string },
  ];
  return readFileSync(join(place, file.filename));
}
