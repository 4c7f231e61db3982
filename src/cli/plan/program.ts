import type { Command } from 'commander';
import { addCompletion } from '../completion';
import { newProgram } from '../run-program';
import { addCoordinate } from './coordinate';
import { addGuard } from './guard';
import { addHealth } from './health';
import { addMatrix } from './matrix';
import { addReconcile } from './reconcile';
import { addTimes } from './times';
import { addValidate } from './validate';

/** The command `temporal-schedule-plan`, which the Temporal CLI runs as `temporal schedule plan`. */
export function buildProgram(): Command {
  const program = newProgram(
    'temporal-schedule-plan',
    'Says when schedules fire, by the rules of the Temporal server, whether a plan of them holds, and makes a namespace what it says.',
  );
  addTimes(program);
  addValidate(program);
  addMatrix(program);
  addCoordinate(program);
  addReconcile(program);
  addGuard(program);
  addHealth(program);
  addCompletion(program);
  return program;
}
