import type { z } from "zod";

/** A property that flows of others have, and that nothing is done with; `why` says what to do, or why nothing needs to be. */
export function withoutEffect<Schema extends z.ZodType>(schema: Schema, why: string) {
  return schema.optional().meta({ deprecated: true, description: `Accepted without effect: ${why}` });
}
