export * from './calls';
export * from './local';
export * from './busy';
export * from './occurrences';
