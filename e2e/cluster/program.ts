import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { madeOnce } from "@capstan/sdk/test-kit";
import { CACHE } from "./place.ts";
import { run } from "./processes.ts";

const SOURCES = join(import.meta.dirname, "kubernetes");
const VERSION = "v1.36.3";

/** The parts of Kubernetes in one program, built from the Go registry once for all checkouts: minutes on a machine that has nothing of it yet. */
export async function kubernetesProgram(): Promise<string> {
  const names = (await readdir(SOURCES)).toSorted();
  const hash = createHash("sha256");
  for (const name of names) hash.update(await readFile(join(SOURCES, name)));
  const name = `kubernetes-${VERSION}-${hash.digest("hex").slice(0, 12)}`;
  return madeOnce(join(CACHE, name), {
    name,
    needs: "Go 1.26 (apt-get install golang-go, or go.dev/dl) and its registry",
    make: async (folder) => {
      process.stderr.write("building Kubernetes, which takes some minutes once\n");
      const program = join(folder, "kubernetes");
      const [, minor] = VERSION.split(".");
      // A kubelet without a version is refused by the control plane.
      const variables = { gitVersion: VERSION, gitMajor: "1", gitMinor: minor };
      const flags = Object.entries(variables).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
      const words = ["build", "-trimpath", "-ldflags", ["-s -w", ...flags].join(" "), "-o", program, "."];
      await run("env", "-C", SOURCES, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "go", ...words);
      return program;
    },
  });
}
