export type { Leader } from "./gate/gate.ts";
export { MACHINE_STATUSES, SERVER_ERRORS } from "./errors.ts";
export { presentExecution } from "./presentation/execution.ts";
export { createServer, type Server, type ServerOptions } from "./server.ts";
