import { parseDuration } from "@capstan/model";
import { z } from "zod";

/** Kinds of settings; each says itself what is wrong with any other value. */
export const text = z.string({ error: "it must be a text" });

export const flag = z.union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"] })], {
  error: "it must be true or false",
});

/** What callers show to be let in. */
export const token = text.regex(/^[\w.~+/-]{20,}=*$/, {
  error: "a token is 20 or more letters, digits and -._~+/, such as openssl rand -hex 32",
});

/** An ISO-8601 duration between two others, both included. */
export function durationFrom(least: string, most: string) {
  const [leastMs, mostMs] = [parseDuration(least)!, parseDuration(most)!];
  const isWithin = (duration: string): boolean => {
    const milliseconds = parseDuration(duration) ?? NaN;
    return milliseconds >= leastMs && milliseconds <= mostMs;
  };
  return text.refine(isWithin, `it must be a duration from ${least} to ${most}`);
}

/** A whole number between two others, both included. */
export function integerFrom(least: number, most: number) {
  const error = `it must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

/** A list in a variable or an option: its items with commas between them. */
export function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
