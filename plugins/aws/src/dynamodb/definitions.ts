import { deleteItem } from "./delete-item.ts";
import { getItem } from "./get-item.ts";
import { putItem } from "./put-item.ts";
import { query } from "./query.ts";
import { scan } from "./scan.ts";

/** Everything of DynamoDB. */
export const dynamodbDefinitions = [getItem, putItem, deleteItem, query, scan];
