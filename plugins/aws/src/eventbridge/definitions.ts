import { putEvents } from "./put-events.ts";

/** Everything of EventBridge. */
export const eventbridgeDefinitions = [putEvents];
