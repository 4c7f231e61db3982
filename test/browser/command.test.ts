import { once as emitted } from 'node:events';
import { request } from 'node:http';
import { assert } from '../helpers/assert';
import { Commands } from '../helpers/command';
import { need } from '../helpers/services';
import { Services } from '../service/open';
import { FACILITY_PLAN } from './opened-page';
import { servePage, type ServedPage } from './served-page';

describe('[page] temporal-once ui', function () {
  this.timeout(120_000);
  let services: Services;
  let commands: Commands;
  const served: ServedPage[] = [];

  before(async function () {
    need(this, 'DATABASE_URL', 'REDIS_URL');
    services = new Services();
    await services.connect();
    commands = new Commands();
  });
  afterEach(async () => {
    for (const one of served.splice(0)) await one.end();
  });
  after(async () => {
    commands?.close();
    await services?.close();
  });

  async function serving(...args: string[]): Promise<ServedPage> {
    const one = await servePage(services.schema, args);
    served.push(one);
    return one;
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    it(`serves until ${signal}, answers what was asked before, and ends with 0`, async () => {
      const { child, url } = await serving('--plan', FACILITY_PLAN);
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
      assert.match(await (await fetch(new URL('/schedules', url))).text(), /Plan <b>facility<\/b>/);
      // A connection that says nothing more must not keep it.
      const idle = request(new URL('/', url), { agent: undefined, headers: { connection: 'keep-alive' } }).on(
        'error',
        () => undefined,
      );
      idle.end();
      const [answer] = (await emitted(idle, 'response')) as [NodeJS.ReadableStream];
      answer.resume();
      const startedAt = performance.now();
      child.kill(signal);
      const [code] = (await emitted(child, 'exit')) as [number | null];
      assert.equal(code, 0);
      assert.ok(performance.now() - startedAt < 5_000);
      await assert.rejects(fetch(url));
    });

  it('prints an address with a token where others could reach it', async () => {
    const { url } = await serving('--host', '0.0.0.0');
    assert.match(url, /\?token=[\w-]{43}$/);
    const { origin } = new URL(url);
    assert.equal((await fetch(origin.replace('0.0.0.0', '127.0.0.1'))).status, 401);
  });

  it('asks the server what became of schedules where it was started to', async function () {
    need(this, 'TEMPORAL_ADDRESS');
    const { url } = await serving('--health', '--plan', FACILITY_PLAN);
    const body = await (await fetch(new URL('/health', url))).text();
    // Nobody has applied the plan here.
    assert.match(body, /facility\.autoclose/);
    assert.match(body, /the plan has it and the server has not/);
    assert.ok(!body.includes('could not be asked'));
  });

  it('refuses bad input with 2 before it listens', async () => {
    const run = (...args: string[]) =>
      commands.direct('temporal-once', ['--schema', services.schema, 'ui', ...args]);
    const bad = commands.write(
      'bad.yaml',
      'version: 1\nplan: x\njobs: { a: { cron: "99 * * * *" }, b: {} }\n',
    );
    for (const args of [
      ['--port', 'x'],
      ['--port', '70000'],
      ['--temporal-ui', 'javascript:alert(1)'],
      ['--plan', 'none.yaml'],
      ['--plan', bad],
      ['--codec-endpoint', 'nonsense'],
      ['--host', '203.0.113.7', '--port', '0'],
    ]) {
      const { code, err, out } = await run(...args);
      assert.equal(code, 2, `${args.join(' ')}: ${err}${out}`);
    }
    assert.match((await run('--plan', bad)).err, /bad\.yaml:3/);
  });
});
