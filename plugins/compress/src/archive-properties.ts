import { dynamic, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { COMPRESSIONS, compression } from "./compression.ts";

const ALGORITHMS = ["AR", "ARJ", "CPIO", "DUMP", "JAR", "TAR", "ZIP"] as const;

export function algorithm() {
  return dynamic(z.enum(ALGORITHMS)).describe(
    "Kind of the archive: ZIP, JAR (which is a ZIP) or TAR. The others need a script, and fail the task.",
  );
}

export function outerCompression() {
  return compression()
    .optional()
    .describe(`How the archive is packed as a whole, such as GZIP for .tar.gz: ${COMPRESSIONS}`);
}

/** Whether the archive is a TAR or a ZIP. Throws `TaskFailure` for what can't be done here. */
export function kindOf(algorithm: (typeof ALGORITHMS)[number]): "TAR" | "ZIP" {
  if (algorithm === "TAR") return "TAR";
  if (algorithm === "ZIP" || algorithm === "JAR") return "ZIP";
  throw new TaskFailure(
    `Archives of the kind ${algorithm} can't be read or written here: ZIP, JAR and TAR can. Use a script task with the program for it, such as ar or cpio.`,
  );
}
