import { expect, test } from "vitest";
import { z } from "zod";
import { describeType } from "../catalogue.ts";
import { dynamic, text } from "../properties.ts";
import { documentType } from "./document-type.ts";

const TYPE = describeType({
  type: "test.Send",
  element: "task" as const,
  title: "Send something",
  aliases: ["test.old.Send"],
  properties: () =>
    z.object({
      to: text().describe("Who gets it."),
      line: text().default("\n").describe("What ends a line."),
      encoding: text().default("UTF-8").describe("How it is written."),
      times: dynamic(z.int()).default(3).describe("How often. Default: three times."),
      quiet: dynamic(z.boolean()).default(false),
      mode: dynamic(z.enum(["A", "B"]))
        .optional()
        .meta({ deprecated: true, description: "Has no effect." }),
      receiver: text().optional().meta({ renamedTo: "to" }),
    }),
  outputs: () => z.object({ id: z.string().describe("Id of the message.") }),
  examples: [{ title: "Send it", code: "id: send\n" }],
});

const property = (name: string, description: string, more: object = {}) => ({
  name,
  isRequired: false,
  isDeprecated: false,
  type: "text",
  takesExpressions: true,
  description,
  ...more,
});

test("a type is told of with its properties, outputs and examples", () => {
  expect(documentType(TYPE)).toEqual({
    type: "test.Send",
    element: "task",
    title: "Send something",
    aliases: ["test.old.Send"],
    properties: [
      property("to", "Who gets it.", { isRequired: true }),
      property("line", "What ends a line.", { default: String.raw`"\n"` }),
      property("encoding", "How it is written.", { default: "UTF-8" }),
      property("times", "How often. Default: three times.", { type: "whole number" }),
      property("quiet", "", { type: "boolean" }),
      property("mode", "Has no effect.", { type: "`A`, `B`", isDeprecated: true }),
    ],
    outputs: [{ name: "id", type: "text", description: "Id of the message." }],
    examples: [{ title: "Send it", code: "id: send\n" }],
  });
});
