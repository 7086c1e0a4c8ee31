import { z } from "zod";

/** How ServiceNow answers with one record. */
export const recordAnswer = () => z.object({ result: z.looseObject({ sys_id: z.string() }) });

export const recordOutputs = () =>
  z.object({
    result: z.record(z.string(), z.unknown()).describe("The record, with all its fields; `sys_id` is its id."),
  });
