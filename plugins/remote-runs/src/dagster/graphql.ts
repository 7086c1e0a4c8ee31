/** What Dagster is asked; the names are those of its schema. */

const ERRORS = "... on PythonError { message } ... on UnauthorizedError { message }";

export const FIND = `query Find($tag: String!, $value: String!) {
  runsOrError(filter: { tags: [{ key: $tag, value: $value }], statuses: [QUEUED, NOT_STARTED, MANAGED, STARTING, STARTED, SUCCESS] }, limit: 1) {
    __typename
    ... on Runs { results { runId } }
    ... on PythonError { message }
    ... on InvalidPipelineRunsFilterError { message }
  }
}`;

export const LAUNCH = `mutation Launch($executionParams: ExecutionParams!) {
  launchRun(executionParams: $executionParams) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PipelineNotFoundError { message }
    ... on RunConflict { message }
    ... on ConflictingExecutionParamsError { message }
    ${ERRORS}
  }
}`;

export const STATUS = `query Status($runId: ID!) {
  runOrError(runId: $runId) {
    __typename
    ... on Run { status startTime endTime }
    ... on RunNotFoundError { message }
    ... on PythonError { message }
  }
}`;

export const TERMINATE = `mutation Terminate($runId: String!) {
  terminateRun(runId: $runId) {
    __typename
    ... on TerminateRunSuccess { run { runId } }
    ... on TerminateRunFailure { message }
    ... on RunNotFoundError { message }
    ${ERRORS}
  }
}`;
