import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The Python of an environment with packages such as `moto==5.2.5`, which is made at the first time and shared by all checkouts of this
 * machine. Made aside and moved into place: several tests may need it at the same time. Throws an error that says what to install.
 */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const environment = join(tmpdir(), `capstan-python-${packages.join("-").replaceAll(/[^\w.-]/g, "_")}`);
  const python = join(environment, "bin", "python");
  if (existsSync(python)) return python;
  const unfinished = await mkdtemp(`${environment}-`);
  try {
    await run("python3", ["-m", "venv", unfinished]);
    const own = join(unfinished, "bin", "python");
    await run(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
    await rename(unfinished, environment).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    return python;
  } catch (error) {
    throw new Error(
      `${packages.join(", ")} can't be installed, which this test needs: python3 with venv and pip (apt-get install python3-venv), and a package registry`,
      { cause: error },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
