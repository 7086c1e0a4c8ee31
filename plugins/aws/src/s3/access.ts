import type { S3 } from "@aws-sdk/client-s3";
import { clientSettings, type Connection } from "../connection.ts";

/** A client of one server of S3, and what ends its requests. */
export interface S3Access {
  readonly s3: S3;
  readonly signal: AbortSignal;
}

/** Loads the library at the first call. `using` closes the connections. */
export async function openS3(connection: Connection, signal: AbortSignal): Promise<S3Access & Disposable> {
  signal.throwIfAborted();
  const { S3 } = await import("@aws-sdk/client-s3");
  const s3 = new S3({
    ...(await clientSettings(connection)),
    forcePathStyle: connection.forcesPathStyle,
    // Checksums are sent where a request names their algorithm, and checked where `validateChecksum` asks for it.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return { s3, signal, [Symbol.dispose]: () => s3.destroy() };
}

/** An object's address, as messages show it. */
export function shownObject(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** The last part of a key; of a placeholder for a folder, with its slash. */
export function nameOf(key: string): string {
  return /[^/]*\/?$/.exec(key)![0];
}
