import { TaskFailure } from "@capstan/sdk";
import { z } from "zod";

/** What of a manifest is looked at; everything else is sent as it is. */
const manifestSchema = () =>
  z.looseObject({
    kind: z.literal("Workflow", "`kind` must be Workflow: templates are submitted by their name"),
    metadata: z
      .looseObject({
        name: z.string().optional(),
        generateName: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
      })
      .default({}),
    spec: z.looseObject({
      arguments: z.looseObject({ parameters: z.array(z.looseObject({ name: z.string() })).optional() }).optional(),
    }),
  });

export type Manifest = z.output<ReturnType<typeof manifestSchema>>;

/** Reads a workflow that is given as a map, or as a text of YAML or JSON. Throws `TaskFailure` that says what it lacks. */
export async function manifestOf(given: unknown): Promise<Manifest> {
  const read = manifestSchema().safeParse(typeof given === "string" ? await parsed(given) : given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new TaskFailure(
    `\`manifest\` is no workflow of Argo: ${issue!.path.join(".") || "it"} ${issue!.message}. Give one with \`kind: Workflow\` and a \`spec\`.`,
  );
}

async function parsed(written: string): Promise<unknown> {
  const { parse } = await import("yaml");
  try {
    return parse(written) as unknown;
  } catch (error) {
    throw new TaskFailure(`\`manifest\` is no YAML: ${(error as Error).message}`, { cause: error });
  }
}

/** With values for some of its parameters, which go before those that it has. */
export function withParameters({ spec, ...manifest }: Manifest, values: Readonly<Record<string, string>>): Manifest {
  const given = Object.entries(values).map(([name, value]) => ({ name, value }));
  const kept = (spec.arguments?.parameters ?? []).filter(({ name }) => !Object.hasOwn(values, name));
  return { ...manifest, spec: { ...spec, arguments: { ...spec.arguments, parameters: [...kept, ...given] } } };
}
