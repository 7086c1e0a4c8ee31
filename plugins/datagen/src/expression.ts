import { TaskFailure } from "@capstan/sdk";

/** A call in a text, such as `#{number.between '1','10'}`. */
export interface Call {
  /** In small letters without underscores, which is how names are compared: `name.firstname`. */
  readonly name: string;
  /** As it is written. */
  readonly written: string;
  readonly args: readonly string[];
}

/**
 * Replaces each call in a text by what it is answered. In an argument, calls without arguments may stand: quotes don't nest. Throws `TaskFailure`
 * for one that is written wrongly.
 */
export function replaceCalls(text: string, answer: (call: Call) => string): string {
  let result = "";
  let from = 0;
  for (let start = text.indexOf("#{"); start !== -1; start = text.indexOf("#{", from)) {
    const end = endOf(text, start + 2);
    result += text.slice(from, start) + answer(callOf(text.slice(start + 2, end)));
    from = end + 1;
  }
  return result + text.slice(from);
}

/** Where the call ends that begins here; braces in quotes are not its end. */
function endOf(text: string, begin: number): number {
  let isQuoted = false;
  for (let index = begin; index < text.length; index += 1) {
    if (text[index] === "'") isQuoted = !isQuoted;
    else if (text[index] === "}" && !isQuoted) return index;
  }
  throw new TaskFailure(
    `"${shown(text.slice(begin - 2))}" has no end: a call is written #{name} or #{name 'argument','another'}.`,
  );
}

function callOf(inner: string): Call {
  const [, written = "", rest = ""] = /^\s*([A-Za-z][\w.]*)([^]*)$/.exec(inner) ?? [];
  const args = Array.from(rest.matchAll(/'([^']*)'/g), ([, arg = ""]) => arg);
  const isPlain = rest.replaceAll(/'[^']*'/g, "").replaceAll(/[\s,]/g, "") === "";
  if (written === "" || !isPlain)
    throw new TaskFailure(`"#{${shown(inner)}}" is no call: write #{name} or #{name 'argument','another'}.`);
  return { name: written.toLowerCase().replaceAll("_", ""), written, args };
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
