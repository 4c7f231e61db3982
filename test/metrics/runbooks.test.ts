import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { assert } from '../helpers/assert';
import { readPage, sectionsOf } from '../examples/doc-session';
import { RULES } from './queries';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly runbook_url?: string };
    }[];
  }[];
}

const PARTS = ['Means', 'Look', 'Mend', 'Calm'];

describe('[contract] runbooks of the alerts', () => {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as Rules;
  const alerts = groups.flatMap(({ rules }) => rules);
  const page = readPage('runbooks.md');
  const part = sectionsOf(page, 2).find(({ heading }) => heading === 'Alerts');
  const sections = sectionsOf(part?.text ?? '', 3);

  it('each alert has its section, and each section its alert', () => {
    const names = alerts.map(({ alert }) => alert);
    assert.ok(names.length > 10);
    assert.deepEqual(sections.map(({ heading }) => heading).sort(), names.sort());
  });

  it('each alert says where: a file of the package, and a heading in it', () => {
    for (const { alert, annotations } of alerts)
      // As GitHub makes anchors of headings.
      assert.equal(annotations.runbook_url, `docs/runbooks.md#${alert.toLowerCase()}`);
  });

  it('each section says what it means, how to look, how to mend and when to be calm, and shows how', () => {
    for (const { heading, text, blocks } of sections) {
      for (const name of PARTS) assert.ok(text.includes(`**${name}:**`), `${heading} has no ${name}`);
      assert.ok(
        blocks.some(({ language }) => language === 'console'),
        `${heading} shows no command`,
      );
    }
  });

  it('the tables of alerts have them all, with their severity', () => {
    const operations = readPage('operations.md');
    for (const { alert, labels } of alerts) {
      const link = `[${alert}](#${alert.toLowerCase()})${labels.severity === 'page' ? ', page' : ''}`;
      assert.ok(page.includes(link), `docs/runbooks.md: ${link}`);
      const row = new RegExp(
        `^\\| \\[\`${alert}\`\\]\\(runbooks.md#${alert.toLowerCase()}\\) +\\| ${labels.severity} `,
        'm',
      );
      assert.match(operations, row);
    }
  });
});

describe('[contract] links between the pages for operators', () => {
  /** As GitHub makes them of headings. */
  const anchorsOf = (page: string): Set<string> =>
    new Set(
      [...page.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    );

  for (const name of ['operations.md', 'runbooks.md'])
    it(`${name}: each leads to a heading that is there`, () => {
      const links = [...readPage(name).matchAll(/\]\(([\w-]+\.md)?#([^)\s]+)\)/g)];
      assert.ok(links.length > 5);
      for (const [link, file = name, anchor = ''] of links)
        assert.ok(anchorsOf(readPage(file)).has(anchor), link);
    });
});
