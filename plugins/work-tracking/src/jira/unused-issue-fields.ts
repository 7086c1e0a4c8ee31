import { listOrText, text } from "@capstan/sdk";
import type { z } from "zod";

const unused = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().meta({ deprecated: true, description: "Accepted for compatibility, without effect." });

/** What tasks of issues that are there already once had from the one that creates them. */
export const unusedIssueFields = () => ({
  projectKey: unused(text()),
  summary: unused(text()),
  description: unused(text()),
  labels: unused(listOrText()),
  issueTypeId: unused(text()),
});
