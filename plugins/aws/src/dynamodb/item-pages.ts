import type { ScanCommandInput } from "@aws-sdk/client-dynamodb";
import { deliverRows, dynamic, fetchType, type FetchType, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { itemOf } from "./access.ts";
import { type Item, rowOf } from "./attribute-value.ts";

/** What tasks have in common that answer many items. */
export const selectionProperties = () => ({
  fetchType: fetchType("STORE"),
  limit: dynamic(z.int().min(1)).optional().describe("How many items are answered at most. Default: all."),
  filterExpression: text()
    .optional()
    .describe(
      "Which of the items that were read are answered, such as `price > :low`. DynamoDB reads, and charges, the others as well.",
    ),
});

/** What an answer of DynamoDB has in common that may not be the last. */
interface Page {
  readonly Items?: readonly Item[] | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
}

interface Selection {
  readonly tableName: string;
  readonly fetchType: FetchType;
  readonly limit?: number | undefined;
  readonly filterExpression?: string | undefined;
  readonly expressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

type Request = Pick<
  ScanCommandInput,
  "TableName" | "FilterExpression" | "ExpressionAttributeValues" | "Limit" | "ExclusiveStartKey"
>;

/** Asks for one page after the other, a mebibyte each, and makes outputs of their items as they come. */
export async function deliverItems(
  { files, metric, log }: Pick<TaskContext<unknown>, "files" | "metric" | "log">,
  selection: Selection,
  ask: (request: Request) => Promise<Page>,
) {
  const { tableName, limit } = selection;
  const request = requestOf(selection);
  async function* rows() {
    let left = limit ?? Infinity;
    let from: Item | undefined;
    do {
      const page: Page = await told(`Reading items of ${tableName}`, ask({ ...request, ExclusiveStartKey: from }));
      for (const item of (page.Items ?? []).slice(0, left)) {
        left -= 1;
        yield rowOf(item);
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined && left > 0);
  }
  const delivered = await deliverRows(rows(), selection.fetchType, files);
  metric({ name: "records", type: "counter", value: delivered.size });
  log.info(`${delivered.size} ${delivered.size === 1 ? "item" : "items"} of ${tableName}`);
  return { ...delivered };
}

function requestOf({ tableName, limit, filterExpression, expressionAttributeValues: values }: Selection): Request {
  return {
    TableName: tableName,
    ...(filterExpression !== undefined && { FilterExpression: filterExpression }),
    ...(values !== undefined &&
      Object.keys(values).length > 0 && {
        ExpressionAttributeValues: itemOf(values, "expressionAttributeValues"),
      }),
    // To DynamoDB a limit counts what was read before the filter.
    ...(limit !== undefined && filterExpression === undefined && { Limit: limit }),
  };
}
