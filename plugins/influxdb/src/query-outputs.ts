import { deliverRows, type ExecutionFiles, fetchType, type FetchType, rowOutputs } from "@capstan/sdk";
import { z } from "zod";

export const queried = () => ({ fetchType: fetchType("NONE") });

export const queryOutputs = () =>
  z.object({ ...rowOutputs(), total: z.int().describe("The same as `size`, for flows that read it.") });

export async function queryOutputsOf(rows: AsyncIterable<unknown>, how: FetchType, files: ExecutionFiles) {
  const delivered = await deliverRows(rows, how, files);
  return { ...delivered, total: delivered.size };
}
