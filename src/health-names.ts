/** Type of the workflow that does a round of health. */
export const HEALTH_WORKFLOW = 'temporalOnceHealth';
/** Search attribute of its runs, a KeywordList: `healthy`, or the rules that have findings. The server keeps names with `Temporal` to itself. */
export const HEALTH_ATTRIBUTE = 'OnceHealth';
