import { dynamic, duration, text } from "@capstan/sdk";
import { z } from "zod";

/** `embeddingModelConfiguration` of Gemini. */
export const embeddingModel = () =>
  z.object({
    taskType: text().optional().describe("What the vectors are for, such as RETRIEVAL_DOCUMENT."),
    outputDimensionality: dynamic(z.int().min(1)).optional().describe("How many numbers a vector has."),
    titleMetadataKey: text().optional().meta({
      deprecated: true,
      description: "Accepted for compatibility, without effect: titles are not sent.",
    }),
    maxRetries: dynamic(z.int()).optional().meta({
      deprecated: true,
      description: "Accepted for compatibility, without effect: use the `retry` of the task.",
    }),
    timeout: duration().optional().meta({
      deprecated: true,
      description: "Accepted for compatibility, without effect: use the `timeout` of the task.",
    }),
  });
