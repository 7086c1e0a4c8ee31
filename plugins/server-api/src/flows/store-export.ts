import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { addressOf, failedStatus, type Parameters, type RequestBody, send } from "@capstan/sdk/http";
import { z } from "zod";
import { adviceFor, EXCHANGE, openApi, type ServerConnection } from "../connection.ts";

export const exportOutputs = () =>
  z.object({ flowsZip: z.string().describe("The stored archive: one file `namespace.id.yml` for each flow.") });

export interface FlowExport {
  readonly path: string;
  readonly params?: Parameters;
  /** Without it, the path is asked for with GET. */
  readonly body?: RequestBody;
}

/** Stores the archive that the server answers with; none of it is kept in memory. */
export async function storeExport(
  context: TaskContext<ServerConnection>,
  { path, params, body }: FlowExport,
): Promise<z.output<ReturnType<typeof exportOutputs>>> {
  const { files, signal, log } = context;
  const api = await openApi(context, context.identity.tenant);
  const { url, headers } = api.requestOf(path);
  const request = { method: body === undefined ? "GET" : "POST", url: addressOf(url, params), headers, body };
  const response = await send(request, EXCHANGE, signal);
  const isAsked = "Authorization" in headers;
  if (response.status !== 200)
    throw await failedStatus("Exporting flows", response, adviceFor(response.status, isAsked));
  try {
    const flowsZip = await files.put("flows.zip", response.body);
    log.info(`Stored an archive of ${await files.sizeBytes(flowsZip)} bytes.`);
    return { flowsZip };
  } catch (error) {
    if (signal.aborted || error instanceof TaskFailure) throw error;
    throw new TaskFailure("The archive of flows ended before its end. A retry may help.", { cause: error });
  }
}
