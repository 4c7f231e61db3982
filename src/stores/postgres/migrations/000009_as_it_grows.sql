-- min_compatible: 1
-- A cheaper index of workflows. Workflow ids come in no order: by the id alone each claim wrote somewhere else in an index as
-- large as the table allows, which was most of what all indexes for operators cost. Fences grow: in parts of 131,072 of them claims
-- write at the end, within a few megabytes, and a hash takes the place of the id. Who looks for a workflow asks
-- each part that there is (page-statement.ts).
--
-- Building it keeps claims waiting. On a large table it may be built before, by the same statement with CONCURRENTLY.
-- An older package finds the same without the old index, slower.
CREATE INDEX IF NOT EXISTS records_workflow_parts ON {{schema}}.records
  ((fence >> 17), hashtext(owner_detail ->> 'workflowId'), claimed_at, fence)
  WHERE owner_detail ->> 'workflowId' IS NOT NULL;
DROP INDEX IF EXISTS {{schema}}.records_workflow;

-- An update stays within its page, and touches no index, only where the page has room for the new version. Records of activities take about
-- a kilobyte and are completed by the batch, all of a page at once: at 80 a third of them found room, at 50 nearly nine in
-- ten, in a table that is hardly larger, because what finds no room leaves a dead row behind (bench case growth-churn).
-- Pages that are full already are not changed by this.
-- Dead rows are taken away at a twentieth of the live ones instead of a fifth: that much less is carried along.
ALTER TABLE {{schema}}.records SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
