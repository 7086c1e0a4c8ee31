import { TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { callGithub } from "./connection.ts";

const issueField = () => z.object({ id: z.number(), name: z.string() });

export interface IssueFieldValue {
  readonly field_id: number;
  readonly value: unknown;
}

/**
 * Values of issue fields by the names that an organization gave them, or by their numbers. Throws `TaskFailure` with the names there are
 * for one that isn't there.
 */
export async function issueFieldValues(
  context: Parameters<typeof callGithub>[0],
  owner: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<readonly IssueFieldValue[]> {
  const names = Object.keys(fields);
  if (names.length === 0) return [];
  const known = names.every(isNumber) ? [] : await fieldsOf(context, owner);
  return names.map((name) => ({ field_id: idOf(name, known, owner), value: fields[name] }));
}

async function fieldsOf(context: Parameters<typeof callGithub>[0], owner: string) {
  const { value } = await callGithub(context, {
    what: `Reading the issue fields of ${owner}`,
    path: `/orgs/${owner}/issue-fields`,
    answer: z.array(issueField()),
    adviceFor: (status) =>
      status === 404 ? "Only organizations have issue fields, and the token must be allowed to read them." : undefined,
  });
  return value;
}

function idOf(name: string, known: readonly z.output<ReturnType<typeof issueField>>[], owner: string): number {
  const found = known.find((field) => field.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found.id;
  if (isNumber(name)) return Number(name);
  const names = known.map((field) => field.name).join(", ");
  throw new TaskFailure(`${owner} has no issue field "${name}"; it has ${names === "" ? "none" : names}.`);
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
