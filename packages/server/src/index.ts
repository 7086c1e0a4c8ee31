export { type BasicCredential } from "./authentication/basic.ts";
export { REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
export { presentExecution } from "./presentation/execution.ts";
export { createServer, type Server, type ServerOptions } from "./server.ts";
