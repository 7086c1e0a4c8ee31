import { duration, dynamic } from "@capstan/sdk";
import { z } from "zod";

/** What Kestra's client has, and this one has no use for. */
export const unusedProperties = () => ({
  maxConcurrency: dynamic(z.int().min(1)).optional().describe("Taken, and without effect: requests are few at a time."),
  connectionAcquisitionTimeout: duration().optional().describe("Taken, and without effect."),
});
