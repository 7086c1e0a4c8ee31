import { WORKER_FAULTS } from "./kinds/worker-faults.ts";
import { testFaults } from "./test-faults.ts";

testFaults(WORKER_FAULTS);
