import { startProgram, type StartedProgram } from "@capstan/sdk/test-kit";
import { fileURLToPath } from "node:url";

/** Made up for tests; Azurite takes any. */
export const ACCOUNT = "capstantests";
export const KEY = Buffer.from("a key of an account that only tests know").toString("base64");

/** Microsoft's emulator of Blob Storage, with everything in memory. */
export async function startAzurite(): Promise<StartedProgram & { readonly endpoint: string }> {
  const main = fileURLToPath(import.meta.resolve("azurite/dist/src/blob/main.js"));
  const program = await startProgram({
    command: process.execPath,
    args: ({ port }) => [
      main,
      "--blobHost=127.0.0.1",
      `--blobPort=${port}`,
      "--inMemoryPersistence",
      "--silent",
      "--disableTelemetry",
    ],
    environment: { AZURITE_ACCOUNTS: `${ACCOUNT}:${KEY}` },
    install: "it comes with Node",
  });
  return { ...program, endpoint: `http://127.0.0.1:${program.port}/${ACCOUNT}` };
}
