import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import { type JsonMap, parseJsonValue, TaskFailure, text } from "@capstan/sdk";
import { type Asking, openService, type ServiceAccess, serviceProperties } from "../service.ts";
import { attributesOf, type Item } from "./attribute-value.ts";

/** Where a table is. */
export const tableProperties = () => ({
  ...serviceProperties(),
  tableName: text().describe("Name or ARN of the table. An ARN says the region, if `region` does not."),
});

/** Loads the library at the first call. `using` closes the connections. */
export function openDynamo(context: Asking, tableName: string): Promise<ServiceAccess<DynamoDB>> {
  return openService(
    context,
    async (settings) => new (await import("@aws-sdk/client-dynamodb")).DynamoDB(settings),
    tableName,
  );
}

/** The item that a property gives as a map, or as the JSON of one. Throws `TaskFailure` for anything else. */
export function itemOf(given: unknown, property: string): Item {
  const map = typeof given === "string" ? parsed(given) : given;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new TaskFailure(`\`${property}\` is no map of names and values, nor the JSON of one.`);
  return attributesOf(map as JsonMap, property);
}

function parsed(text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch {
    return undefined;
  }
}
