import type { Command } from 'commander';
import { addCompletion } from './completion';
import { addCoverage } from './coverage';
import { addDoctor } from './doctor';
import { addGeneration } from './generation';
import { addKeys } from './keys';
import { addLocks } from './locks';
import { addMigrate } from './migrate';
import { newProgram } from './run-program';
import { addStats } from './stats';
import { addStoreFlags } from './store';
import { addTrigger } from './trigger';
import { addUi } from './ui';
import { addUpkeep } from './upkeep';

/** The command `temporal-once`, which the Temporal CLI runs as `temporal once`. */
export function buildProgram(): Command {
  const program = newProgram('temporal-once', 'Looks after the store of temporal-once.');
  addStoreFlags(program);
  addKeys(program);
  addLocks(program);
  addStats(program);
  addMigrate(program);
  addGeneration(program);
  addUpkeep(program);
  addTrigger(program);
  addCoverage(program);
  addUi(program);
  addDoctor(program);
  addCompletion(program);
  return program;
}
