import { createHash } from "node:crypto";
import type { Athena, QueryExecutionStatistics } from "@aws-sdk/client-athena";
import type { RemoteService, RunSighting } from "@capstan/sdk";
import { told } from "../aws-failure.ts";
import type { ServiceAccess } from "../service.ts";

export interface AskedQuery {
  readonly catalog?: string | undefined;
  readonly database: string;
  readonly outputLocation: string;
  readonly query: string;
  /** The same for whatever is tried within one attempt: Athena then runs the query once. */
  readonly attemptKey: string;
}

/** A query as it is seen, with what Athena charges for and how long it took. */
export interface SeenQuery extends RunSighting {
  readonly statistics: QueryExecutionStatistics;
}

/** Queries of Athena as runs, each known by the id of its execution. */
export function queryRuns(
  { client }: ServiceAccess<Athena>,
  { catalog, database, outputLocation, query, attemptKey }: AskedQuery,
): RemoteService<string, SeenQuery> {
  return {
    name: "Athena",
    ends: { SUCCEEDED: "SUCCESS", FAILED: "FAILED", CANCELLED: "FAILED" },
    describe: (id) => `the query ${id}`,
    outputs: (queryExecutionId) => ({ queryExecutionId }),
    findsAgain: true,
    async start(abortSignal) {
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
    async look(id, abortSignal) {
      const request = client.getQueryExecution({ QueryExecutionId: id }, { abortSignal });
      const { Status = {}, Statistics: statistics = {} } =
        (await told("Looking at the query", request)).QueryExecution ?? {};
      const { State: state = "UNKNOWN", StateChangeReason, AthenaError } = Status;
      return { state, reason: StateChangeReason ?? AthenaError?.ErrorMessage, statistics };
    },
    async cancel(id, abortSignal) {
      await told("Cancelling the query", client.stopQueryExecution({ QueryExecutionId: id }, { abortSignal }));
    },
  };
}
