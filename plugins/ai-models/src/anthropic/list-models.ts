import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { callModel } from "../model-api.ts";
import { calling, connection } from "./connection.ts";

const PAGE_SIZE = 1_000;
/** More than there will ever be; a server that always has more must not keep the task for ever. */
const PAGES_MAX = 100;

const modelPage = () =>
  z.looseObject({
    data: z.array(
      z.looseObject({ id: z.string(), display_name: z.string().optional(), created_at: z.string().optional() }),
    ),
    has_more: z.boolean().optional(),
    last_id: z.string().nullish(),
  });

export const listModels = defineTask({
  type: "io.kestra.plugin.anthropic.ListModels",
  title: "List the models of Anthropic",
  properties: () => z.object(connection()),
  outputs: () =>
    z.object({
      models: z
        .array(
          z.object({
            id: z.string().describe("What `model` of other tasks takes."),
            displayName: z.string().optional().describe("Its name for people."),
            createdAt: z.string().optional().describe("When it was released."),
          }),
        )
        .describe("The models that the key may use."),
    }),
  examples: [
    {
      title: "Which models are there",
      code: [
        "id: models",
        "type: io.kestra.plugin.anthropic.ListModels",
        `apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const models = [];
    let after: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { data, has_more, last_id } = await callModel(context, {
        ...calling(context.properties),
        path: "/models",
        params: { limit: String(PAGE_SIZE), ...(after !== undefined && { after_id: after }) },
        answer: modelPage(),
      });
      models.push(
        ...data.map(({ id, display_name, created_at }) => ({ id, displayName: display_name, createdAt: created_at })),
      );
      after = last_id ?? undefined;
      if (has_more !== true || after === undefined) break;
    }
    return { models };
  },
});
