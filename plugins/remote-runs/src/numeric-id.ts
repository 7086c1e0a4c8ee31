import { dynamic } from "@capstan/sdk";
import { z } from "zod";

/** The id of a run at a service that numbers them; digits as a text are one, too. */
export const numericId = () =>
  dynamic(z.union([z.int(), z.string().regex(/^\d+$/, "Expected the number of a run").transform(Number)]));
