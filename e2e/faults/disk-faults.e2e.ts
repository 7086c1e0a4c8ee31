import { DISK_FAULTS } from "./kinds/disk-faults.ts";
import { testFaults } from "./test-faults.ts";

testFaults(DISK_FAULTS);
