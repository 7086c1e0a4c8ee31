import { z } from "zod";

/** How Apify tells of a run: more than is named here, all of which is put out. */
export const run = () => z.looseObject({ id: z.string(), status: z.string(), defaultDatasetId: z.string() });

export const runAnswer = () => z.object({ data: run() });

/** A run as tasks put it out: as Apify tells of it. */
export const runOutputs = () =>
  z.looseObject({
    id: z.string().describe("Id of the run."),
    status: z.string().describe("How it is, such as READY, RUNNING, SUCCEEDED or FAILED."),
    defaultDatasetId: z.string().describe("Id of the dataset with its results, for `dataset.Get`."),
    actId: z.string().optional().describe("Id of the actor."),
    startedAt: z.string().optional().describe("When it began."),
    finishedAt: z.string().nullish().describe("When it ended."),
    defaultKeyValueStoreId: z.string().optional().describe("Id of its store of keys and values."),
    usageTotalUsd: z.number().optional().describe("What it has cost, in dollars."),
  });
