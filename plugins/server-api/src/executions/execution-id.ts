import { text } from "@capstan/sdk";

/** The property of tasks that do something to another execution. */
export const executionId = () => text().describe("Id of the execution.");
