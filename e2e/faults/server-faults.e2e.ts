import { SERVER_FAULTS } from "./kinds/server-faults.ts";
import { testFaults } from "./test-faults.ts";

testFaults(SERVER_FAULTS);
