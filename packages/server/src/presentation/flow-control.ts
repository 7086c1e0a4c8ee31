import { formatDuration, type Flow } from "@capstan/model";

/** When executions of a flow may run, as it is written; one limit without a list around it, as Kestra knows it. */
export function presentFlowControl({ concurrency, quotas, debounce, batch, priority }: Flow): object {
  return {
    concurrency: concurrency.length > 1 ? concurrency : concurrency[0],
    quotas:
      quotas.length === 0
        ? undefined
        : quotas.map(({ durationMs, ...quota }) => ({ duration: formatDuration(durationMs), ...quota })),
    debounce: debounce && {
      period: formatDuration(debounce.periodMs),
      maxWait: debounce.maxWaitMs === undefined ? undefined : formatDuration(debounce.maxWaitMs),
      key: debounce.key,
    },
    batch: batch && { maxSize: batch.maxSize, timeout: formatDuration(batch.timeoutMs), key: batch.key },
    priority: priority !== undefined && /^[+-]?\d+$/.test(priority) ? Number(priority) : priority,
  };
}
