import type { TypeCoverage } from '../../idempotency/coverage';
import { html, number, table, type Html } from '../html';
import type { PageContext } from '../page-context';
import { layout } from './layout';

const PROTECTIONS: Readonly<Record<TypeCoverage['protection'], string>> = {
  once: 'once',
  attempts: 'own attempts',
  unprotected: 'unprotected',
};

/** Which activity types are protected: the least protected first. */
export async function coveragePage({ once }: PageContext): Promise<Html> {
  const { types, counts, percentProtected } = await once.coverage();
  const rank = { unprotected: 0, attempts: 1, once: 2 } as const;
  const sorted = [...types].sort((a, b) => rank[a.protection] - rank[b.protection]);
  const outliers = types.flatMap((one) =>
    (one.outlier ?? []).map(
      ({ field, value, usual }) =>
        html`<li>
          <b>${one.type}</b> (${one.taskQueue}) has <code>${field}</code> ${JSON.stringify(value) ?? 'none'},
          usual is ${JSON.stringify(usual) ?? 'none'}.
        </li>`,
    ),
  );
  const content = html` <ul class="tiles">
      <li><b>${percentProtected} %</b> <span>of ${number(types.length)} types protected</span></li>
      <li><b>${number(counts.once)}</b> <span>once</span></li>
      <li><b>${number(counts.attempts)}</b> <span>across their own attempts</span></li>
      <li class="${counts.unprotected > 0 ? 'bad' : ''}">
        <b>${number(counts.unprotected)}</b> <span>unprotected</span>
      </li>
    </ul>
    ${table(
      'Activity types of the last day',
      [
        'Task queue',
        'Type',
        'Protection',
        'Scope',
        'Key',
        'Retention',
        'Said by',
        'Runs',
        'Unprotected runs',
      ],
      sorted.map(row),
      'No activity type is known. Workers with OncePlugin tell of theirs as they start.',
    )}
    ${
      outliers.length === 0
        ? ''
        : html`<h2>Retry policies that stand out</h2>
            <ul>
              ${outliers}
            </ul>`
    }`;
  return layout({ title: 'Coverage of activity types', place: '/coverage', content });
}

function row(one: TypeCoverage): Html {
  const { policy, policySource, calls } = one;
  const all = (first: string, part: 'scope' | 'key' | 'category' | 'ttl'): string =>
    [
      ...new Set([
        first,
        ...calls.flatMap((call) => (call[part] === undefined ? [] : [`${call[part]} (workflow)`])),
      ]),
    ].join(', ');
  const retention = policy.ttl === undefined ? policy.category : `${policy.category}, ${policy.ttl}`;
  const who = [...new Set(Object.values(policySource))].filter((said) => said !== 'default').join(', ');
  return html`<tr>
    <td>${one.taskQueue}</td>
    <th scope="row">${one.type}</th>
    <td>
      <span class="badge ${one.protection}">${PROTECTIONS[one.protection]}</span
      >${policy.transactional ? ', transactional' : ''}
    </td>
    <td>${all(policy.scope, 'scope')}</td>
    <td>${all(policy.key, 'key')}</td>
    <td>${all(retention, 'category')}</td>
    <td>${who === '' ? 'default' : who}</td>
    <td>${number(one.runs)}</td>
    <td>${number(one.unprotectedRuns)}</td>
  </tr>`;
}
