import { expressionRender } from "./expression-render.bench.ts";
import { failOver } from "./fail-over.bench.ts";
import { forEachPostgres } from "./for-each-postgres.bench.ts";
import { forEach } from "./for-each.bench.ts";
import { installedPlugins } from "./installed-plugins.bench.ts";
import { liveMemory } from "./live-memory.bench.ts";
import { largeHistoryPostgres } from "./large-history-postgres.bench.ts";
import type { Benchmark } from "./measure/benchmark.ts";
import { objectMemory } from "./object-memory.bench.ts";
import { peers } from "./peers.bench.ts";
import { pods } from "./pods.bench.ts";
import { rowsToParquet } from "./rows-to-parquet.bench.ts";
import { schedules, schedulesPostgres } from "./schedules.bench.ts";
import { remoteWorkers } from "./remote-workers.bench.ts";
import { scriptTasks } from "./script-tasks.bench.ts";
import { slowDisk, slowDiskPostgres } from "./slow-disk.bench.ts";
import { start } from "./start.bench.ts";
import { validate } from "./validate.bench.ts";
import { webhookLatency, webhookLatencyPostgres } from "./webhook-latency.bench.ts";
import { webhookThroughputPostgres } from "./webhook-throughput-postgres.bench.ts";
import { webhookThroughput } from "./webhook-throughput.bench.ts";

/** All of them, in the order in which they run; those on demand last. */
export const BENCHMARKS: readonly Benchmark[] = [
  expressionRender,
  validate,
  start,
  installedPlugins,
  webhookLatency,
  webhookLatencyPostgres,
  webhookThroughput,
  webhookThroughputPostgres,
  slowDisk,
  slowDiskPostgres,
  largeHistoryPostgres,
  failOver,
  liveMemory,
  forEach,
  forEachPostgres,
  remoteWorkers,
  scriptTasks,
  schedules,
  schedulesPostgres,
  objectMemory,
  rowsToParquet,
  pods,
  peers,
];
