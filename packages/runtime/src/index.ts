export { createClock, systemClock, type Clock } from "./clock.ts";
export { REQUEST_ERRORS, RequestError, type RequestErrorCode } from "./errors.ts";
export { createRuntime } from "./runtime.ts";
export type { RuntimeOptions } from "./runtime-options.ts";
export { createCheckedForms, type CheckedForms } from "./executor/checked-forms.ts";
export { flowRowOf } from "./executor/flows.ts";
export { commitFor } from "./idempotency/held-key.ts";
export {
  createRequestKeys,
  IDEMPOTENCY_KEY_RETENTION_MS,
  type HeldKey,
  type KeptFlow,
  type KeptResult,
} from "./idempotency/request-keys.ts";
export { KEY_CHARACTERS_MAX } from "./platform/key-values.ts";
export { asStarted, holdsSecrets, MASK, REASONS, WAIT_KINDS } from "@capstan/engine";
export { createExplanations, REASONS_MAX, WAITS_MAX } from "./executor/explanations.ts";
export type { Evaluation } from "./triggers/evaluations.ts";
export { FINDINGS } from "./triggers/findings.ts";
export * from "./services.ts";
export type { Job, JobHost, JobResult, Worker } from "./worker/worker.ts";
export type { WorkerSettings } from "./runtime-options.ts";
export type { CrewMember } from "./worker/remote/crew-member.ts";
export { createHttpTransport } from "./worker/remote/http-transport.ts";
export { type Hello, LINE_PATH, POST_BYTES_MAX, WORKERS_PATH } from "./worker/remote/messages.ts";
export { RemoteWorker } from "./worker/remote/remote-worker.ts";
export { workerIdOfMember } from "./worker/remote/settling.ts";
export { Refused, type UplinkNews } from "./worker/remote/uplink.ts";
export { RUNNER_TYPES, type TaskRunnerPolicy } from "./runners/task-runners.ts";
export { type InstalledPlugin, learnTypes, typesOf } from "./worker/installed-plugin.ts";
export { type ProvidedModules, provideModules } from "./worker/provided-modules.ts";
export { createThreadWorker, type ThreadWorkerOptions } from "./worker/threads/thread-worker.ts";
