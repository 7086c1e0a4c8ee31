import type { CheckedFlow } from "@capstan/model";
import type { FastifyRequest } from "fastify";
import { splitDocuments } from "../requests/documents.ts";
import { readFormFiles } from "../requests/form.ts";
import type { Service } from "../service.ts";
import { readWhole } from "./flow-archives.ts";

interface Document {
  readonly source: string;
  /** Of the file that it is from. */
  readonly filename?: string;
}

/** The documents of a request to check, whose body is one text, or a form with files. */
export async function documentsToCheck(
  { limits }: Service,
  request: FastifyRequest,
  body: string,
): Promise<readonly Document[]> {
  if (!request.isMultipart()) return documentsOf(body).map((source) => ({ source }));
  const documents: Document[] = [];
  let bytesLeft = limits.archiveBytesMax;
  await readFormFiles(request, async (content, filename) => {
    const bytes = await readWhole(content, bytesLeft);
    bytesLeft -= bytes.length;
    documents.push(...documentsOf(bytes.toString("utf8")).map((source) => ({ source, filename })));
  });
  return documents;
}

/** An empty text is a document as well, whose mistake is that it is empty. */
function documentsOf(text: string): readonly string[] {
  const documents = splitDocuments(text);
  return documents.length === 0 ? [text] : documents;
}

/** What is wrong with a source, as clients read it: what has nothing to say is left out. */
export async function validateFlow(
  { runtime }: Service,
  tenant: string,
  { source, filename }: Document,
  index: number,
): Promise<object> {
  const checked = runtime.flows.check(source);
  const id = checked.flow?.id ?? /^id:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1];
  const namespace = checked.flow?.namespace ?? /^namespace:[ \t]*["']?([\w.-]+)/m.exec(source)?.[1];
  const stored =
    id === undefined || namespace === undefined ? undefined : await runtime.flows.get({ tenant, namespace, id });
  // Who names no revision has not seen the one that is stored.
  const revision = Number(/^revision:[ \t]*(\d+)/m.exec(source)?.[1] ?? 0);
  return {
    index,
    filename,
    namespace,
    flow: id,
    constraints: constraints(checked),
    warnings: messages(checked, "warning"),
    infos: messages(checked, "note"),
    deprecationPaths: deprecationPaths(checked),
    outdated: stored !== undefined && stored.revision > revision,
  };
}

/** Where something has a newer name; absent when nowhere. */
function deprecationPaths({ diagnostics }: CheckedFlow): readonly string[] | undefined {
  const paths = diagnostics.filter(({ code }) => code === "deprecated").map(({ path }) => path);
  return paths.length === 0 ? undefined : [...new Set(paths)];
}

/** Every error in one text; absent when there is none. */
function constraints(checked: CheckedFlow): string | undefined {
  const errors = messages(checked, "error")?.join("\n");
  const isFlow = checked.flow !== undefined || !checked.diagnostics.some(({ code }) => code === "yaml-syntax");
  return errors === undefined || isFlow ? errors : `Unable to validate the flow: ${errors}`;
}

function messages({ diagnostics }: CheckedFlow, severity: string): readonly string[] | undefined {
  const chosen = diagnostics.filter((one) => one.severity === severity);
  return chosen.length === 0
    ? undefined
    : chosen.map(
        ({ path, message, hint }) =>
          `${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : ` — ${hint}`}`,
      );
}
