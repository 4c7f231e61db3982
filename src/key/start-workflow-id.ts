/** `global`, names with their values, or a word with a parenthesis; then a type, then the text of a key. */
const START_ID = /^(?:global|[^/=(]+[=(][^/]*)\/[^/]+\/[^/]*$/;

/** Whether a workflow id has the form that starts under a key have: `<scope>/<type>/<key text>`. Others cost nothing more. */
export function isStartWorkflowId(workflowId: string): boolean {
  return START_ID.test(workflowId);
}
