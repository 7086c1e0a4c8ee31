import { dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const ROLES = ["system", "user", "assistant", "developer"] as const;

export const messages = () =>
  dynamic(
    z.array(
      z.object({
        role: text().describe(`Who says it: ${ROLES.join(", ")}.`),
        content: text().optional().describe("What is said."),
        name: text().optional().describe("Tells apart several who have the same role."),
      }),
    ),
  );

/** The conversation, with the prompt as its last message. Throws `TaskFailure` for an unknown role, and when nothing is asked. */
export function conversation(written: z.output<ReturnType<typeof messages>> = [], prompt: string | undefined) {
  const all = [
    ...written.map(({ role, content = "", name }, index) => ({
      role: roleOf(role, index),
      content,
      ...(name !== undefined && { name }),
    })),
    ...(prompt === undefined ? [] : [{ role: "user" as const, content: prompt }]),
  ];
  if (all.length === 0) throw new TaskFailure("Nothing is asked: give `messages`, a `prompt`, or both.");
  return all;
}

function roleOf(written: string, index: number) {
  const known = ROLES.find((role) => role === written.toLowerCase());
  if (known !== undefined) return known;
  throw new TaskFailure(`\`messages[${index}].role\` is "${written}", which is none of ${ROLES.join(", ")}.`);
}
