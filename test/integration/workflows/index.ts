export * from './calls';
export * from './local';
export * from './busy';
export * from './messages';
export * from './occurrences';
export * from './starts';
export * from './ends';
export * from './doors';
