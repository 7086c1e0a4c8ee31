import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { madeOnce } from "./cached-program.ts";

const run = promisify(execFile);

/**
 * The Python of an environment with packages such as `moto==5.2.5`, which is made at the first time and shared by all checkouts of this
 * machine. Throws an error that says what to install.
 */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const environment = join(tmpdir(), `capstan-python-${packages.join("-").replaceAll(/[^\w.-]/g, "_")}`);
  const made = await madeOnce(environment, {
    name: `A Python with ${packages.join(", ")}`,
    needs: "python3 with venv and pip (apt-get install python3-venv), and a package registry",
    async make(folder) {
      await run("python3", ["-m", "venv", folder]);
      const own = join(folder, "bin", "python");
      await run(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
      return folder;
    },
  });
  return join(made, "bin", "python");
}
