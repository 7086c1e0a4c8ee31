import { invoke } from "./invoke.ts";

/** Everything of Lambda. */
export const lambdaDefinitions = [invoke];
