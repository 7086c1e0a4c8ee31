import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";

/** The file that a task reads. */
export function from(description: string) {
  return text().describe(`${description}: the URI of a stored file.`);
}

/** Where the task reads records. */
export function fromRecords() {
  return from("File with one record (JSON or Ion) a line");
}

/** How the file that isn't one of records is encoded. */
export function charset(what: "read" | "written") {
  return text()
    .default("UTF-8")
    .describe(`Charset of the file that is ${what}, named as in Java: UTF-8, UTF-16, ISO-8859-1, windows-1252.`);
}

/** One character, such as a separator. */
export function character(name: string) {
  return dynamic(z.string().length(1, `Expected one character for the ${name}`));
}

export function onBadLines(what: string) {
  return dynamic(z.enum(["ERROR", "WARN", "SKIP"]))
    .default("ERROR")
    .describe(`What to do with ${what}: fail, leave it out with a warning, or leave it out.`);
}

/** Zone that a date and time is written in. */
export function timeZoneId(description: string) {
  return text().optional().describe(`${description} Such as Europe/Paris, UTC or +02:00.`);
}

/** What most conversions answer. */
export function fileOutputs(what: string) {
  return z.object({
    uri: z.string().describe(what),
    size: z.int().describe("Number of records converted."),
  });
}
