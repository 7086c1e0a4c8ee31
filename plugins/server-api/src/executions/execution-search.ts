import type { Parameters } from "@capstan/sdk/http";
import { z } from "zod";
import type { Search } from "../pages.ts";

/** What is read of an execution; all of it is given on. */
const execution = z.looseObject({ id: z.string() });
export type Execution = z.output<typeof execution>;

/** A search of executions. Those that started last come first. */
export function executionSearch(what: string, params: Parameters): Search<Execution> {
  return { what, path: "/executions/search", params, row: execution, idOf: ({ id }) => id };
}
