import { definePlan } from 'temporal-once';

export const nights = definePlan({
  version: 1,
  plan: 'facility-nights',
  defaults: { timezone: 'Europe/Berlin', tenant: 'acme' },
  jobs: {
    backup: {
      why: 'Copies the tickets. At 03:10, when no clock change falls.',
      cron: '10 3 * * *',
      workflow: { type: 'backUpTickets', taskQueue: 'maintenance', executionTimeout: '2h' },
      expiresAfter: '3h',
    },
  },
});
