import { nearest } from "@capstan/model";
import { MEMBER_ROLES, type MemberRole } from "@capstan/store";
import { z } from "zod";
import { Mistake } from "./mistake.ts";
import { listOf } from "./setting-kinds.ts";

/** Names that other orchestrators have for a part of what one of our roles does. */
const PARTS: Readonly<Record<string, MemberRole>> = { scheduler: "executor", indexer: "executor" };

const role = z.custom<MemberRole>((name) => MEMBER_ROLES.some((one) => one === name), {
  error: ({ input }) => hintFor(String(input)),
});

/** What a server does among those that share its database. */
export const rolesSchema = z.array(role).min(1, { error: `it must name one of ${MEMBER_ROLES.join(", ")} at least` });

/** Reads the option of a command: names with commas between them. Throws a `Mistake`. */
export function rolesOf(text: string): MemberRole[] {
  const read = rolesSchema.safeParse(listOf(text));
  if (read.success) return read.data;
  throw new Mistake(`--roles: ${read.error.issues[0]!.message}`);
}

function hintFor(name: string): string {
  const whole = PARTS[name];
  if (whole !== undefined) return `"${name}" is a part of what the role ${whole} does — name ${whole}`;
  const guess = nearest(name, MEMBER_ROLES);
  return `there is no role "${name}" — ${guess === undefined ? `known are ${MEMBER_ROLES.join(", ")}` : `did you mean "${guess}"?`}`;
}
