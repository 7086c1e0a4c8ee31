import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const VERSION = "3.3.0";
const run = promisify(execFile);

/** As much of the vendor's own driver as tests talk to. */
export interface VendorDriver {
  configure(options: object): void;
  createConnection(options: object): VendorConnection;
}

export interface VendorConnection {
  connect(done: (error: Error | undefined) => void): void;
  execute(options: {
    readonly sqlText: string;
    readonly binds?: readonly unknown[];
    readonly fetchAsString?: readonly string[];
    readonly complete: (
      error: Error | null | undefined,
      statement: unknown,
      rows: readonly Record<string, unknown>[],
    ) => void;
  }): { cancel(done: (error: Error | undefined) => void): void };
  destroy(done: (error: Error | undefined) => void): void;
}

/**
 * The driver that Snowflake itself publishes. It is no dependency, for its size: it is installed at the first time, without its scripts, and
 * shared by all checkouts of this machine. Throws an error that says what is missing.
 */
export async function vendorSnowflake(): Promise<VendorDriver> {
  const folder = join(tmpdir(), `capstan-snowflake-sdk-${VERSION}`);
  if (!existsSync(folder)) await install(folder);
  // It loads a native library otherwise, which it can do without.
  process.env["SNOWFLAKE_DISABLE_MINICORE"] = "true";
  const driver = createRequire(join(folder, "package.json"))("snowflake-sdk") as VendorDriver;
  // Otherwise it writes a file of logs into the current folder.
  driver.configure({ logLevel: "OFF" });
  return driver;
}

async function install(folder: string): Promise<void> {
  const unfinished = await mkdtemp(`${folder}-`);
  try {
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, "package.json"), '{"private":true}');
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", unfinished];
    await run("npm", ["install", ...options, `snowflake-sdk@${VERSION}`], { cwd: unfinished });
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } catch (error) {
    throw new Error(`snowflake-sdk@${VERSION} can't be installed, which this test needs: npm, and a package registry`, {
      cause: error,
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
