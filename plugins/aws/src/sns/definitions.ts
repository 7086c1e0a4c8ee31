import { publish } from "./publish.ts";

/** Everything of SNS. */
export const snsDefinitions = [publish];
