#!/usr/bin/env node
import { buildProgram } from './program';
import { runProgram } from './run-program';

void runProgram(buildProgram());
