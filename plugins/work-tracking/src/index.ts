import { definePlugin } from "@capstan/sdk";
import { codeSearch } from "./github/code-search.ts";
import { commitSearch } from "./github/commit-search.ts";
import { issueComment as githubIssueComment } from "./github/issue-comment.ts";
import { issueCreate as githubIssueCreate } from "./github/issue-create.ts";
import { issueSearch as githubIssueSearch } from "./github/issue-search.ts";
import { pullCreate } from "./github/pull-create.ts";
import { pullSearch } from "./github/pull-search.ts";
import { repositorySearch } from "./github/repository-search.ts";
import { topicSearch } from "./github/topic-search.ts";
import { userSearch } from "./github/user-search.ts";
import { workflowRun } from "./github/workflow-run.ts";
import { issueCreate as gitlabIssueCreate } from "./gitlab/issue-create.ts";
import { issueSearch as gitlabIssueSearch } from "./gitlab/issue-search.ts";
import { mergeRequestCreate } from "./gitlab/merge-request-create.ts";
import { issueComment as jiraIssueComment } from "./jira/issue-comment.ts";
import { issueCreate as jiraIssueCreate } from "./jira/issue-create.ts";
import { issueUpdate as jiraIssueUpdate } from "./jira/issue-update.ts";
import { issueCreate as linearIssueCreate } from "./linear/issue-create.ts";
import { query as odooQuery } from "./odoo/query.ts";
import { deleteRecord } from "./servicenow/delete.ts";
import { get } from "./servicenow/get.ts";
import { post } from "./servicenow/post.ts";
import { update } from "./servicenow/update.ts";
import { ticketCreate } from "./zendesk/ticket-create.ts";

const github = [
  githubIssueCreate,
  githubIssueComment,
  githubIssueSearch,
  pullCreate,
  pullSearch,
  workflowRun,
  codeSearch,
  commitSearch,
  repositorySearch,
  topicSearch,
  userSearch,
];

const gitlab = [gitlabIssueCreate, gitlabIssueSearch, mergeRequestCreate];

const jira = [jiraIssueCreate, jiraIssueComment, jiraIssueUpdate];

const servicenow = [post, get, update, deleteRecord];

export default definePlugin({
  name: "work-tracking",
  title: "Code and tickets",
  category: "Development",
  definitions: [...github, ...gitlab, ...jira, ...servicenow, ticketCreate, linearIssueCreate, odooQuery],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "servers of the tests that refuse what the services don't document" },
    {
      types: "io.kestra.plugin.github",
      kind: "stand-in",
      what: "a server of the tests, bound to the types that GitHub publishes of its API",
    },
    {
      types: "io.kestra.plugin.linear",
      kind: "stand-in",
      what: "a server of the tests with an excerpt of Linear's schema, run by graphql",
    },
  ],
});
