import {
  type DeliveredRows,
  deliverRows,
  dynamic,
  type FetchType,
  fetchType,
  type TaskContext,
  TaskFailure,
  text,
} from "@capstan/sdk";
import type { types } from "cassandra-driver";
import { z } from "zod";
import { type Session, sessionProperties, withClient } from "./session.ts";
import { reader } from "./values.ts";

/** How many rows come from the cluster at once. */
const PAGE_ROWS = 5_000;
/** How long a statement may be silent, in milliseconds. Servers themselves give up after seconds, and the task's `timeout` may say less. */
const SILENCE_MS = 600_000;

const legacyFetch = (how: FetchType) =>
  dynamic(z.boolean())
    .default(false)
    .meta({ deprecated: true, description: `\`fetchType: ${how}\`, whatever \`fetchType\` says.` });

/** Properties of the query and of the trigger. */
export const cqlProperties = (standard: FetchType) => ({
  ...sessionProperties(),
  cql: text().describe("One statement of CQL. A semicolon behind it does no harm."),
  fetchType: fetchType(standard),
  fetch: legacyFetch("FETCH"),
  fetchOne: legacyFetch("FETCH_ONE"),
  store: legacyFetch("STORE"),
});

export interface CqlProperties {
  readonly session: Session;
  readonly cql: string;
  readonly fetchType: FetchType;
  readonly fetch: boolean;
  readonly fetchOne: boolean;
  readonly store: boolean;
  readonly timeZoneId?: string | undefined;
}

/** What becomes of the rows: the older booleans go before `fetchType`. */
export function fetchTypeOf({ fetch, fetchOne, store, fetchType: how }: CqlProperties): FetchType {
  if (fetch) return "FETCH";
  if (fetchOne) return "FETCH_ONE";
  return store ? "STORE" : how;
}

/** Runs a statement. Throws `TaskFailure` for what the cluster refuses. */
export async function runCql(
  properties: CqlProperties,
  context: Pick<TaskContext<unknown>, "files" | "log" | "signal">,
): Promise<DeliveredRows> {
  const zone = zoneOf(properties.timeZoneId);
  return await withClient(properties.session, context, async (client) => {
    const page = async (pageState: string | undefined) => {
      const more = pageState === undefined ? {} : { pageState };
      const result = await client.execute(properties.cql, [], {
        ...more,
        fetchSize: PAGE_ROWS,
        readTimeout: SILENCE_MS,
      });
      for (const warning of result.info.warnings ?? []) context.log.warn(warning);
      return result;
    };
    return await deliverRows(rowsOf(page, zone), fetchTypeOf(properties), context.files);
  });
}

type Page = (pageState: string | undefined) => Promise<types.ResultSet>;

async function* rowsOf(page: Page, zone: string | undefined): AsyncGenerator<Record<string, unknown>> {
  let pageState: string | undefined;
  do {
    const result = await page(pageState);
    // What changes something answers nothing; with IF, whether it did.
    const columns = (result.columns as types.ResultSet["columns"] | null) ?? [];
    const readers = columns.map(({ name, type }) => [name, reader(type, zone)] as const);
    for (const row of columns.length === 0 ? [] : result.rows) {
      yield Object.fromEntries(readers.map(([name, read]) => [name, read(row.get(name))]));
    }
    pageState = result.pageState ?? undefined;
  } while (pageState !== undefined);
}

function zoneOf(timeZoneId: string | undefined): string | undefined {
  if (timeZoneId === undefined || timeZoneId === "") return undefined;
  try {
    return Temporal.Now.zonedDateTimeISO(timeZoneId).timeZoneId;
  } catch (error) {
    throw new TaskFailure(`\`timeZoneId\` is "${timeZoneId}", which is no time zone: write Europe/Paris, or +02:00.`, {
      cause: error,
    });
  }
}
