#!/usr/bin/env node
import { run } from './program';

// Not process.exit: what was printed gets out first.
void run(process.argv.slice(2)).then((code) => (process.exitCode = code));
