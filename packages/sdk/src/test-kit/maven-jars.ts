import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram } from "./cached-program.ts";

/**
 * A folder with the JARs that the project in a `pom.xml` depends on, fetched when they are asked for the first time. `name` has the
 * version. Throws an error that says what it needs.
 */
export function mavenJars(name: string, pom: string): Promise<string> {
  return cachedProgram({
    name,
    needs: "apt-get install maven default-jdk, and a registry of Maven",
    async make(folder) {
      const jars = join(folder, "jars");
      const goals = ["dependency:copy-dependencies", `-DoutputDirectory=${jars}`];
      await promisify(execFile)("mvn", ["-q", "-B", "-f", pom, ...goals]);
      return jars;
    },
  });
}
