import { defineTask, duration, dynamic, listOrText, TaskFailure, text } from "@capstan/sdk";
import { Readable } from "node:stream";
import { z } from "zod";
import type { Cluster } from "../cluster/cluster.ts";
import { pagesOf } from "../cluster/list.ts";
import { pathOf } from "../cluster/resource-kinds.ts";
import { PODS } from "../pods/pod-watch.ts";
import type { Pod } from "../pods/pod.ts";
import { clusterProperties } from "./cluster-properties.ts";
import { placeOf } from "./target.ts";

const NEWLINE = 10;

/** Keeps the logs of pods as a file. */
export const logs = defineTask({
  type: "io.kestra.plugin.kubernetes.kubectl.Logs",
  title: "Fetch logs of pods",
  description:
    "Stores what the containers of pods have written, as their nodes still have it. With several containers each line begins with the names of pod and container, as `kubectl logs --prefix` has it.",
  properties: () =>
    z.object({
      ...clusterProperties(),
      podNames: listOrText().optional().describe("Names of the pods."),
      labelSelector: text().optional().describe("Pods with these labels, in place of names: `app=web,tier!=cache`."),
      container: text()
        .optional()
        .describe("Only this container; all of each pod by default, without init containers."),
      since: duration().optional().describe("Only lines that are not older."),
      tailLines: dynamic(z.int().min(0)).optional().describe("Only so many lines of each container, the last ones."),
      previous: dynamic(z.boolean()).default(false).describe("Of the run before the last restart."),
      timestamps: dynamic(z.boolean()).default(false).describe("Begin each line with its time."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file of all lines."),
      size: z.int().describe("How many lines there are."),
    }),
  examples: [
    {
      title: "The last quarter of an hour of all pods of an application",
      code: "id: logs\ntype: io.kestra.plugin.kubernetes.kubectl.Logs\nnamespace: shop\nlabelSelector: app=web\nsince: PT15M\n",
    },
  ],
  async run({ properties, signal, files, log }) {
    const place = await placeOf(properties);
    const sources = await sourcesOf(place, properties, signal);
    const query = {
      sinceSeconds: properties.since === undefined ? undefined : Math.ceil(properties.since / 1_000),
      tailLines: properties.tailLines,
      previous: properties.previous || undefined,
      timestamps: properties.timestamps || undefined,
    };
    let size = 0;
    async function* content() {
      for (const { pod, container, path } of sources) {
        const prefix = sources.length === 1 ? "" : `[pod/${pod}/${container}] `;
        const answer = await place.cluster.open({ path, query: { ...query, container }, accept: "*/*", signal });
        for await (const piece of prefixedLines(answer, prefix)) {
          size += countOf(piece);
          yield piece;
        }
      }
    }
    const uri = await files.put("logs.txt", Readable.from(content(), { objectMode: false }));
    log.info(`${size} lines of ${sources.length} containers`);
    return { uri, size };
  },
});

interface Source {
  readonly pod: string;
  readonly container: string;
  readonly path: string;
}

async function sourcesOf(
  { cluster, namespace }: { readonly cluster: Cluster; readonly namespace: string },
  {
    podNames,
    labelSelector,
    container,
  }: { podNames?: readonly string[] | undefined; labelSelector?: string | undefined; container?: string | undefined },
  signal: AbortSignal,
): Promise<readonly Source[]> {
  if ((podNames === undefined) === (labelSelector === undefined))
    throw new TaskFailure("write either `podNames` or `labelSelector`");
  const pods: Pod[] = [];
  if (podNames === undefined)
    for await (const page of pagesOf<Pod>(cluster, { path: pathOf(PODS, namespace), query: { labelSelector }, signal }))
      pods.push(...page.items);
  else {
    const asked = podNames.map((name) => cluster.ask<Pod>({ path: pathOf(PODS, namespace, name), signal }));
    pods.push(...(await Promise.all(asked)));
  }
  return pods.flatMap(({ metadata: { name }, spec }) =>
    spec.containers
      .filter((one) => container === undefined || one.name === container)
      .map((one) => ({ pod: name, container: one.name, path: `${pathOf(PODS, namespace, name)}/log` })),
  );
}

/** Bytes with something before each line; the last line ends, too. */
async function* prefixedLines(source: AsyncIterable<Buffer>, prefix: string): AsyncGenerator<Buffer> {
  const begin = Buffer.from(prefix);
  let isAtBegin = true;
  for await (const piece of source) {
    const parts: Buffer[] = [];
    for (let place = 0; place < piece.length;) {
      if (isAtBegin) parts.push(begin);
      const newline = piece.indexOf(NEWLINE, place);
      const end = newline === -1 ? piece.length : newline + 1;
      parts.push(piece.subarray(place, end));
      isAtBegin = newline !== -1;
      place = end;
    }
    yield Buffer.concat(parts);
  }
  if (!isAtBegin) yield Buffer.from("\n");
}

function countOf(piece: Buffer): number {
  let count = 0;
  for (let place = piece.indexOf(NEWLINE); place !== -1; place = piece.indexOf(NEWLINE, place + 1)) count += 1;
  return count;
}
