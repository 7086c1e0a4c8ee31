import { type Answer, startStrictServer, strictly } from "@capstan/sdk/test-kit";
import type { LinearDocument } from "@linear/sdk";
import { buildSchema, graphqlSync } from "graphql";
import { z } from "zod";

export const KEY = "lin_api_test";
export const CREATED = {
  id: "i1",
  identifier: "PLA-7",
  url: "https://linear.app/acme/issue/PLA-7",
} satisfies Partial<LinearDocument.Issue>;

/** What is asked of Linear's schema, which has a few thousand types more. Questions for anything else are refused. */
const SCHEMA = buildSchema(`
  input StringComparator { eq: String eqIgnoreCase: String in: [String!] }
  input TeamFilter { name: StringComparator }
  input IssueLabelFilter { name: StringComparator }
  input IssueCreateInput { teamId: String! title: String description: String labelIds: [String!] }
  type Team { id: ID! }
  type TeamConnection { nodes: [Team!]! }
  type IssueLabel { id: ID! name: String! team: Team }
  type IssueLabelConnection { nodes: [IssueLabel!]! }
  type Issue { id: ID! identifier: String! url: String! }
  type IssuePayload { success: Boolean! issue: Issue }
  type Query {
    teams(filter: TeamFilter, first: Int): TeamConnection!
    issueLabels(filter: IssueLabelFilter, first: Int): IssueLabelConnection!
  }
  type Mutation { issueCreate(input: IssueCreateInput!): IssuePayload! }
`);

const variables = z.union([
  z.strictObject({
    teams: strictly<LinearDocument.TeamFilter>()({ name: z.strictObject({ eqIgnoreCase: z.string() }) }),
    labels: strictly<LinearDocument.IssueLabelFilter>()({ name: z.strictObject({ in: z.array(z.string()) }) }),
  }),
  z.strictObject({
    input: strictly<LinearDocument.IssueCreateInput>()({
      teamId: z.string(),
      title: z.string(),
      description: z.string().optional(),
      labelIds: z.array(z.string()).min(1).optional(),
    }),
  }),
]);

const LABELS = [
  { id: "l1", name: "Bug", team: { id: "t1" } },
  { id: "l2", name: "Bug", team: { id: "t2" } },
  { id: "l3", name: "Rates", team: null },
];

interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface LinearAnswers {
  readonly authorization?: string;
  /** Those of the name that is asked for. */
  readonly teams?: readonly { readonly id: string }[];
  readonly created?: { readonly success: boolean; readonly issue: typeof CREATED | null };
  /** In place of what the creation answers. */
  readonly answer?: Answer;
}

/** Linear, with one team and a few labels. */
export function startLinear({
  authorization = KEY,
  teams = [{ id: "t1" }],
  created = { success: true, issue: CREATED },
  answer,
}: LinearAnswers) {
  const rootValue = {
    teams: { nodes: teams },
    issueLabels: ({ filter }: { filter: { name: { in: readonly string[] } } }) => ({
      nodes: LABELS.filter((label) => filter.name.in.includes(label.name)),
    }),
    issueCreate: created,
  };
  return startStrictServer((headers) => headers.authorization === authorization, {
    "POST /graphql": {
      body: z.strictObject({ query: z.string(), variables }),
      answer: ({ body }) => {
        const { query: source, variables: variableValues } = body as Request;
        if (answer !== undefined && source.startsWith("mutation ")) return answer;
        return { body: graphqlSync({ schema: SCHEMA, source, rootValue, variableValues }) };
      },
    },
  });
}
