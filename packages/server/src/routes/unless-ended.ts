import { asRefusal } from "../refusal.ts";

/** Whether a kill found anything to stop: an execution may end by itself meanwhile, and so may what runs after its end. */
export async function unlessEnded(killing: Promise<void>): Promise<boolean> {
  try {
    await killing;
    return true;
  } catch (error) {
    if (asRefusal(error)?.code !== "execution-ended") throw error;
    return false;
  }
}
