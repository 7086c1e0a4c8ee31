import { createHash } from "node:crypto";
import type { Athena, QueryExecution } from "@aws-sdk/client-athena";
import { TaskFailure } from "@capstan/sdk";
import { told } from "../aws-failure.ts";
import type { RemoteRuns } from "../remote-run.ts";
import type { ServiceAccess } from "../service.ts";

export interface AskedQuery {
  readonly catalog?: string | undefined;
  readonly database: string;
  readonly outputLocation: string;
  readonly query: string;
  /** The same for whatever is tried within one attempt: Athena then runs the query once. */
  readonly attemptKey: string;
}

const ENDS = new Set<string | undefined>(["SUCCEEDED", "FAILED", "CANCELLED"]);

/** Queries of Athena as runs, each known by the id of its execution. */
export function queryRuns(
  { client, ending }: ServiceAccess<Athena>,
  { catalog, database, outputLocation, query, attemptKey }: AskedQuery,
): RemoteRuns<string, QueryExecution> {
  return {
    what: "The query",
    start: async (abortSignal) => {
      const request = client.startQueryExecution(
        {
          QueryString: query,
          QueryExecutionContext: { Database: database, ...(catalog !== undefined && { Catalog: catalog }) },
          ResultConfiguration: { OutputLocation: outputLocation },
          ClientRequestToken: createHash("sha256").update(attemptKey).digest("hex"),
        },
        { abortSignal },
      );
      return (await told("Starting the query", request)).QueryExecutionId!;
    },
    look: async (id) => {
      const request = client.getQueryExecution({ QueryExecutionId: id }, ending);
      return (await told("Looking at the query", request)).QueryExecution ?? {};
    },
    stateOf: ({ Status }) => Status?.State ?? "UNKNOWN",
    isEnded: ({ Status }) => ENDS.has(Status?.State),
    cancel: async (id, abortSignal) => {
      await told("Cancelling the query", client.stopQueryExecution({ QueryExecutionId: id }, { abortSignal }));
    },
  };
}

/** Throws `TaskFailure` with the reason of Athena for a query that did not succeed. */
export function checkSuccess({ QueryExecutionId: queryExecutionId, Status }: QueryExecution): void {
  if (Status?.State === "SUCCEEDED") return;
  const reason = Status?.StateChangeReason ?? Status?.AthenaError?.ErrorMessage;
  throw new TaskFailure(
    `The query ended ${Status?.State}${reason === undefined ? "" : `: ${reason.trim().replace(/\.$/, "")}`}. Athena knows it as ${queryExecutionId}.`,
    { outputs: { queryExecutionId } },
  );
}
