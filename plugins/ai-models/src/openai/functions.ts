import { dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const parameter = () =>
  z.object({
    name: text().describe("Name of the parameter."),
    description: text().describe("What it means; the more is said, the better it is filled in."),
    type: text().describe("string, number, integer, boolean, array or object."),
    enumValues: dynamic(z.array(text())).optional().describe("The only values that it may have."),
    required: dynamic(z.boolean()).optional().describe("Whether it must be given. Default: false."),
  });

/** Functions that a model may ask to be called. */
export const functions = () =>
  dynamic(
    z.array(
      z.object({
        name: text().describe("Name of the function."),
        description: text().optional().describe("What it does; the model chooses by it."),
        parameters: dynamic(z.array(parameter())).optional().describe("What it is called with."),
      }),
    ),
  );

type Functions = z.output<ReturnType<typeof functions>>;

/** The functions as tools of the API. */
export function toolsOf(written: Functions | undefined) {
  if (written === undefined || written.length === 0) return undefined;
  return written.map(({ name, description, parameters = [] }) => ({
    type: "function" as const,
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: {
        type: "object",
        properties: Object.fromEntries(parameters.map((each) => [each.name, propertyOf(each)])),
        required: parameters.filter(({ required }) => required === true).map((each) => each.name),
      },
    },
  }));
}

function propertyOf({ description, type, enumValues }: z.output<ReturnType<typeof parameter>>) {
  return { type, description, ...(enumValues !== undefined && enumValues.length > 0 && { enum: enumValues }) };
}

const CHOICES = ["auto", "none", "required"] as const;

/** Which of the functions the model calls. Throws `TaskFailure` for a name that none of them has. */
export function toolChoice(functionCall: string, written: Functions = []) {
  if (written.some(({ name }) => name === functionCall))
    return { type: "function" as const, function: { name: functionCall } };
  const choice = CHOICES.find((each) => each === functionCall.toLowerCase());
  if (choice === undefined) {
    const known = written.length === 0 ? "there are none" : `there are ${written.map(({ name }) => name).join(", ")}`;
    throw new TaskFailure(
      `\`functionCall\` names "${functionCall}", which is none of the \`functions\`: ${known}. Write auto, none, required or one of their names.`,
    );
  }
  if (written.length > 0) return choice;
  if (choice === "required") throw new TaskFailure("`functionCall` is required, but there are no `functions`.");
  return undefined;
}
