import { definePlugin } from "@capstan/sdk";
import { echo } from "./debug/echo.ts";
import { returnTask } from "./debug/return.ts";
import { assertTask } from "./execution/assert.ts";
import { count } from "./execution/count.ts";
import { fail } from "./execution/fail.ts";
import { purgeExecutions } from "./execution/purge-executions.ts";
import { resume } from "./execution/resume.ts";
import { forEachItemMerge, forEachItemSplit } from "./flow/for-each-item.ts";
import { sleep } from "./flow/sleep.ts";
import { download } from "./http/download.ts";
import { request } from "./http/request.ts";
import { sseRequest } from "./http/sse-request.ts";
import { httpTrigger } from "./http/trigger.ts";
import { deleteKey } from "./kv/delete.ts";
import { getKeys } from "./kv/get-keys.ts";
import { get } from "./kv/get.ts";
import { purgeKv } from "./kv/purge-kv.ts";
import { put } from "./kv/put.ts";
import { set } from "./kv/set.ts";
import { fetchLogs } from "./log/fetch.ts";
import { log } from "./log/log.ts";
import { purgeLogs } from "./log/purge-logs.ts";
import { publish } from "./metric/publish.ts";
import { deleteFiles } from "./namespace/delete-files.ts";
import { downloadFiles } from "./namespace/download-files.ts";
import { purgeFiles } from "./namespace/purge-files.ts";
import { uploadFiles } from "./namespace/upload-files.ts";
import { outputValues } from "./output/output-values.ts";
import { deleteState } from "./state/delete.ts";
import { getState } from "./state/get.ts";
import { setState } from "./state/set.ts";
import { concat } from "./storage/concat.ts";
import { deduplicateItems } from "./storage/deduplicate-items.ts";
import { deleteFile } from "./storage/delete.ts";
import { filterItems } from "./storage/filter-items.ts";
import { localFiles } from "./storage/local-files.ts";
import { purgeCurrentExecutionFiles } from "./storage/purge-current-execution-files.ts";
import { reverse } from "./storage/reverse.ts";
import { size } from "./storage/size.ts";
import { split } from "./storage/split.ts";
import { write } from "./storage/write.ts";
import { templatedTask } from "./templating/templated-task.ts";
import { toggle } from "./trigger/toggle.ts";

export { byteSize } from "./storage/byte-size.ts";
export { splitFile, type SplitRule } from "./storage/split-file.ts";

/** The core tasks and triggers of the flow language that are not part of the language itself. */
export const corePlugin = definePlugin({
  name: "core",
  title: "Core",
  category: "core",
  definitions: [
    assertTask,
    count,
    fail,
    purgeExecutions,
    resume,
    echo,
    returnTask,
    fetchLogs,
    log,
    purgeLogs,
    outputValues,
    publish,
    sleep,
    forEachItemSplit,
    forEachItemMerge,
    templatedTask,
    toggle,
    download,
    httpTrigger,
    request,
    sseRequest,
    deleteKey,
    get,
    getKeys,
    purgeKv,
    put,
    set,
    deleteFiles,
    downloadFiles,
    purgeFiles,
    uploadFiles,
    deleteState,
    getState,
    setState,
    concat,
    deduplicateItems,
    deleteFile,
    filterItems,
    localFiles,
    purgeCurrentExecutionFiles,
    reverse,
    size,
    split,
    write,
  ],
  testedWith: [{ types: "io.kestra.plugin.core", kind: "real", what: "a whole Capstan; HTTP servers of the tests" }],
});
