import { getAuthToken } from "./get-auth-token.ts";

/** Everything of ECR. */
export const ecrDefinitions = [getAuthToken];
