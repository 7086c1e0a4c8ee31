/** The worker of this process, where it runs tasks of the default group. */
export interface OwnWorker {
  readonly runningCount: number;
  readonly queuedCount: number;
  readonly capacity: number;
}

/** How much room the worker of this process has, beside those of others. */
export interface OwnRoom {
  /** The part of it that is used, or will be; infinite where there is none. */
  share(): number;
  /** It was chosen for a job. */
  chosen(): void;
  /** It gets the job, or that has come to nothing. */
  arrived(): void;
  /** What has not arrived by now will not. */
  forget(): void;
}

export function createOwnRoom(worker: OwnWorker | undefined): OwnRoom {
  let coming = 0;
  return {
    share: () =>
      worker === undefined ? Infinity : (worker.runningCount + worker.queuedCount + coming) / worker.capacity,
    chosen: () => {
      coming += 1;
    },
    arrived: () => {
      coming = Math.max(0, coming - 1);
    },
    forget: () => {
      coming = 0;
    },
  };
}
