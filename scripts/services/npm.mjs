// npm's command line: the npm that started this run, else the one on PATH. Without the variables npm gives its scripts,
// which would turn a nested npm towards the outer project.
import { basename } from 'node:path';
import { cleanEnv } from './processes.mjs';

const cli = process.env.npm_execpath;
export const npm = cli && basename(cli) === 'npm-cli.js' ? [process.execPath, cli] : ['npm'];
export const npmEnv = () => ({ ...cleanEnv('npm_'), npm_config_audit: 'false', npm_config_fund: 'false' });
