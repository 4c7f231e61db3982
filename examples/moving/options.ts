import { defineActivityOptions } from 'temporal-once/workflow';

/** Every category of this team, once: workflows ask for options, workers learn the retentions (`categories`). */
export const optionsFor = defineActivityOptions({
  // Keys that name a day are protected until that day is over everywhere.
  daily: {
    like: 'default',
    ttl: '26h',
    startToCloseTimeout: '5s', // one statement: a worker that was killed is noticed soon
  },
  escalation: { like: 'critical', ttl: '12h', startToCloseTimeout: '5s' },
});
