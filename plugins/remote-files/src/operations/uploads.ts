import { anyValue, defineTask, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import { addressOf, nameOf, remotePath } from "../remote-path.ts";
import { maxFiles, regExp } from "./selection.ts";
import { sendFile } from "./send-file.ts";
import { fileAddress, overwrite } from "./upload.ts";

/** Files become ones of another machine. */
export function uploads(protocol: Protocol) {
  const type = `${protocol.prefix}.Uploads`;
  return defineTask({
    type,
    title: `Upload many files by ${protocol.name}`,
    description: "One after the other, each as `Upload` does it. When one fails, those before it stay.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        from: anyValue().describe(
          "The files: a list of addresses, a map of names and addresses such as `{{ outputs.report.outputFiles }}`, one address, or JSON text of these.",
        ),
        to: text().describe(
          "The folder at the server. Each file has the name of the map there, or that of its address.",
        ),
        regExp: regExp().describe(
          "A regular expression in Java's notation that matches the whole name of each file to upload.",
        ),
        maxFiles: maxFiles("How many files it may be. Of more, none is uploaded, and the task fails."),
        overwrite: overwrite(),
      }),
    outputs: () => z.object({ files: z.array(z.string()).describe("Their addresses at the server.") }),
    examples: [
      {
        title: "Hand over all files of a script",
        code: `id: hand-over\ntype: ${type}\n${protocol.exampleLines}from: "{{ outputs.report.outputFiles }}"\nto: /inbox/\n`,
      },
    ],
    run: (context) => run(context, protocol),
  });
}

type Properties = Readonly<Record<string, unknown>> & {
  readonly from: unknown;
  readonly to: string;
  readonly regExp?: string | undefined;
  readonly maxFiles: number;
  readonly overwrite: boolean;
};

async function run(context: TaskContext<Properties>, protocol: Protocol) {
  const { properties, log } = context;
  // What can't be uploaded at all is told before anybody connects.
  const named = await chosen(context, properties);
  using session = await protocol.open(properties, context);
  const { files } = session;
  const uploaded: string[] = [];
  let bytes = 0;
  for (const target of targetsOf(named, properties.to, files.address)) {
    bytes += await sendFile(context, protocol, files, { ...target, overwrite: properties.overwrite });
    uploaded.push(addressOf(files.address, target.to));
  }
  log.info(`Uploaded ${uploaded.length} files of ${bytes} bytes to ${files.address}`);
  return { files: uploaded };
}

type Wanted = Pick<Properties, "from" | "to" | "regExp" | "maxFiles">;

export interface UploadTarget {
  readonly uri: string;
  readonly to: string;
}

/** What goes where. Throws `TaskFailure` for nothing, for too many, and for two that would go to the same place. */
export async function uploadTargets(
  context: Pick<TaskContext<unknown>, "evaluate">,
  wanted: Wanted,
  address: string,
): Promise<readonly UploadTarget[]> {
  return targetsOf(await chosen(context, wanted), wanted.to, address);
}

function targetsOf(named: readonly NamedFile[], folder: string, address: string): readonly UploadTarget[] {
  const targets = named.map(({ name, uri }) => ({ uri, to: remotePath(`${folder}/${name}`, address) }));
  checkDistinct(targets);
  return targets;
}

interface NamedFile {
  readonly name: string;
  readonly uri: string;
}

/** Throws `TaskFailure` for nothing, and for what is no address. */
function namedFiles(written: unknown): readonly NamedFile[] {
  const from = parsed(written);
  const named = (value: unknown) => {
    const uri = fileAddress(value);
    return { name: nameOf(uri), uri };
  };
  const isMap = typeof from === "object" && from !== null && !Array.isArray(from);
  const files = isMap
    ? Object.entries(from).map(([name, uri]) => ({ name, uri: fileAddress(uri) }))
    : (Array.isArray(from) ? from : [from]).map(named);
  if (files.length > 0) return files;
  throw new TaskFailure("There is nothing to upload: `from` is empty. Check what the task before has put out.");
}

function parsed(from: unknown): unknown {
  if (typeof from !== "string" || !/^\s*[[{]/u.test(from)) return from;
  try {
    return JSON.parse(from);
  } catch {
    return from; // It is no address either, which is told as that.
  }
}

async function chosen(
  { evaluate }: Pick<TaskContext<unknown>, "evaluate">,
  { from, regExp: pattern, maxFiles: countMax }: Wanted,
): Promise<readonly NamedFile[]> {
  const named = await matching(evaluate, namedFiles(from), pattern);
  if (named.length > countMax)
    throw new TaskFailure(
      `\`from\` names ${named.length} files, and \`maxFiles\` is ${countMax}: nothing was uploaded. Raise it.`,
    );
  return named;
}

async function matching(
  evaluate: TaskContext<unknown>["evaluate"],
  named: readonly NamedFile[],
  regular: string | undefined,
): Promise<readonly NamedFile[]> {
  if (regular === undefined) return named;
  const pattern = `^(?:${regular})$`;
  const kept: NamedFile[] = [];
  for (const file of named)
    if ((await evaluate("{{ name | regexMatch(pattern) }}", { name: file.name, pattern })) === true) kept.push(file);
  return kept;
}

function checkDistinct(targets: readonly { readonly uri: string; readonly to: string }[]): void {
  const known = new Map<string, string>();
  for (const { uri, to } of targets) {
    const other = known.get(to);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${uri} would both become ${to}. Give \`from\` as a map of names and addresses.`,
      );
    known.set(to, uri);
  }
}
