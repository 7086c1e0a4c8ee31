import { DATABASE_FAULTS } from "./kinds/database-faults.ts";
import { testFaults } from "./test-faults.ts";

testFaults(DATABASE_FAULTS);
