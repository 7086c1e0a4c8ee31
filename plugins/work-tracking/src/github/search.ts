import {
  defineTask,
  deliverRows,
  dynamic,
  fetchType,
  type FetchType,
  rowOutputs,
  type TaskContext,
  type TaskDefinition,
  TaskFailure,
  text,
} from "@capstan/sdk";
import { z } from "zod";
import { callGithub, connection, type GithubConnection } from "./connection.ts";
import { queryOf } from "./search-query.ts";

/** What GitHub gives of the results of a search, however many there are. */
export const SEARCH_ROWS_MAX = 1_000;
/** The most that GitHub takes. */
const ROWS_PER_PAGE = 100;

export interface Search<Shape extends z.ZodRawShape, Item> {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  /** What is searched, in messages: `issues`. */
  readonly noun: string;
  /** Of the API, such as `/search/issues`. */
  readonly path: string;
  readonly properties: () => Shape;
  /** Parts of the query behind the property `query`. */
  readonly qualifiers: (properties: z.output<z.ZodObject<Shape>>, query: string) => readonly (string | undefined)[];
  /** Fields of a result that the row is made of. */
  readonly item: () => z.ZodType<Item>;
  readonly row: (item: Item) => Record<string, unknown>;
  /** Properties of an example, as YAML. */
  readonly example: { readonly title: string; readonly code: string };
}

const order = () =>
  dynamic(z.enum(["ASC", "DESC"]))
    .default("ASC")
    .describe("ASC (ascending) or DESC (descending). Default: ASC.");

/** The properties `sort` and `order`; the first sort is the default one. */
export function sorting<const Sorts extends readonly [string, ...string[]]>(sorts: Sorts) {
  return {
    sort: dynamic(z.enum(sorts))
      .default(sorts[0] as Sorts[number])
      .describe(`What the rows are sorted by: ${sorts.join(", ")}. Default: ${sorts[0]}.`),
    order: order(),
  };
}

interface CommonProperties extends GithubConnection {
  readonly query?: string | undefined;
  readonly fetchType: FetchType;
  readonly sort?: string | undefined;
  readonly order?: string | undefined;
}

/** The task of one of GitHub's searches. */
export function searchTask<Shape extends z.ZodRawShape, Item>(search: Search<Shape, Item>): TaskDefinition {
  const { type, title, description = "", example, properties, qualifiers } = search;
  return defineTask({
    type,
    title,
    description:
      `${description === "" ? "" : `${description} `}GitHub gives the first ${SEARCH_ROWS_MAX} results and counts all in \`total\`; what is ` +
      "beyond takes a narrower query, such as one for each month. It takes 30 searches a minute, of code 10, and without a token 10.",
    properties: () =>
      z.object({
        ...connection(),
        query: text()
          .optional()
          .describe("Words and qualifiers as in GitHub's own search. The other properties add their qualifiers to it."),
        ...properties(),
        fetchType: fetchType("STORE"),
      }),
    outputs: () =>
      z.object({ ...rowOutputs(), total: z.int().describe("How many results there are, also of those not given.") }),
    examples: [{ title: example.title, code: `id: search\ntype: ${type}\n${example.code}` }],
    async run(written) {
      const context = written as unknown as TaskContext<CommonProperties>;
      const { query: words = "", fetchType: how } = context.properties;
      const own = context.properties as unknown as z.output<z.ZodObject<Shape>>;
      const query = queryOf([words, ...qualifiers(own, words)]);
      if (query === "")
        throw new TaskFailure("There is nothing to search for: give `query`, or a property that narrows it.");
      const { total, rows } = await startSearch(context, search, query);
      if (how === "NONE") return { size: Math.min(total, SEARCH_ROWS_MAX), total };
      const outputs = await deliverRows(rows, how, context.files);
      context.log.info(`GitHub found ${total} ${search.noun}; ${outputs.size} are in the outputs.`);
      context.metric({ name: "records", type: "counter", value: outputs.size });
      return { ...outputs, total };
    },
  });
}

/** Asks for the first page; the others are asked for as their rows are taken. */
async function startSearch<Item>(
  context: TaskContext<CommonProperties>,
  search: Pick<Search<z.ZodRawShape, Item>, "noun" | "item" | "row"> & { readonly path: string },
  query: string,
) {
  const answer = z.object({
    total_count: z.number(),
    incomplete_results: z.boolean(),
    items: z.array(search.item()),
  });
  const perPage =
    context.properties.fetchType === "NONE" || context.properties.fetchType === "FETCH_ONE" ? 1 : ROWS_PER_PAGE;
  const ask = async (page: number) => {
    const params = { q: query, ...sortParams(context.properties), per_page: String(perPage), page: String(page) };
    const what = `The search for ${search.noun}`;
    return (await callGithub(context, { what, path: search.path, params, answer })).value;
  };
  const first = await ask(1);
  if (first.incomplete_results)
    context.log.warn("GitHub ran out of time and gave what it had found until then. A narrower query finds all.");
  if (first.total_count > SEARCH_ROWS_MAX && perPage === ROWS_PER_PAGE)
    context.log.warn(
      `Of ${first.total_count} ${search.noun}, GitHub gives the first ${SEARCH_ROWS_MAX}. A narrower query finds the others.`,
    );
  async function* rows() {
    for (let page = 1, items = first.items; ; items = (await ask(page)).items) {
      yield* items.map((item) => search.row(item));
      if (items.length < perPage || page * perPage >= SEARCH_ROWS_MAX) return;
      page += 1;
    }
  }
  return { total: first.total_count, rows: rows() };
}

/** What is not sorted has no order: GitHub gives the best matches first. */
function sortParams({ sort, order: direction }: CommonProperties): Record<string, string> {
  if (sort === undefined || sort === "BEST_MATCH") return {};
  return {
    sort: sort.toLowerCase().replaceAll("_", "-"),
    ...(direction !== undefined && { order: direction.toLowerCase() }),
  };
}
