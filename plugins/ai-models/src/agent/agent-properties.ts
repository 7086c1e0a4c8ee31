import { dynamic } from "@capstan/sdk";
import { z } from "zod";
import { ROUNDS_MAX } from "../any-model/rounds.ts";

export const roundsMax = () =>
  dynamic(z.int().min(1))
    .optional()
    .describe(`How often the model may ask for tools; with more, the task fails. Default: ${ROUNDS_MAX}.`);
