export const taskQueue = process.env['TASK_QUEUE'] ?? 'http-example';

export const places = {
  postgres: process.env['DATABASE_URL'] ?? 'postgres://127.0.0.1/postgres',
  redis: process.env['REDIS_URL'],
  migrate: true,
};
