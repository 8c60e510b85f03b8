import { describe, expect, it } from 'vitest';
import { diffRules } from '../../../src/core/rules/diff.ts';
import { load, probe } from './rule-calls.ts';

const amount = (predicates: object) => ({ args: { amount: predicates } });
const deny = { approval: 'deny' };
const review = { approval: 'require_review' };

/** The sentences about loosening of an edit that turns one rule into another. */
function loosened(from: object | undefined, to: object | undefined, rest: object = {}) {
  const before = load(from === undefined ? [] : [from], rest);
  const after = load(to === undefined ? [] : [to], rest);
  return diffRules(before, after).loosened;
}

const rolled = (percent: number, more: object = {}) => ({
  ...deny,
  rollout: { percent, by: 'agent', ...more },
});
const room = { llm: { may: ['allow'] } };
const strictRoom = { llm: { may: ['deny'] } };
const back = { min_calls: 100, denied_over: 0.1 };
const lax = (percent: number) => ({
  rollout: { percent, by: 'agent' },
  allow_loosening: true,
});

describe('comparing rule sets', () => {
  it('names what was added, removed and changed', () => {
    const stays = { ...probe({}), name: 'stays' };
    const before = load([stays, { ...probe({}), name: 'goes' }, { ...probe({}), name: 'turns' }]);
    const after = load([
      { ...probe({}), name: 'comes' },
      { ...probe({ env: 'x' }), name: 'turns' },
      stays,
    ]);
    expect(diffRules(before, after)).toMatchObject({
      added: ['comes'],
      removed: ['goes'],
      changed: ['turns'],
    });
  });

  it('has nothing that could be looser where there was nothing before', () => {
    expect(diffRules(undefined, load([probe({})]))).toMatchObject({
      added: ['probe'],
      loosened: [],
    });
  });

  const tightens: readonly (readonly [string, object | undefined, object | undefined])[] = [
    ['a deny rule is added', undefined, probe({}, deny)],
    ['an approving rule is removed', probe({}), undefined],
    ['an approving rule is added in shadow', undefined, probe({}, { mode: 'shadow' })],
    ['an approving rule turns to deny', probe(amount({ lte: 5 })), probe(amount({ lte: 5 }), deny)],
    ['an approving rule asks for more', probe({}), probe(amount({ lte: 5 }))],
    [
      'an approving rule asks one predicate more',
      probe(amount({ lte: 5 })),
      probe(amount({ lte: 5, gt: 0 })),
    ],
    ['an approving rule turns to review', probe({}), probe({}, review)],
    [
      'an approving rule names fewer domains, or one under them',
      probe(amount({ domain: ['a.example', 'b.example'] })),
      probe(amount({ domain: 'www.a.example' })),
    ],
    [
      'a deny rule names more networks',
      probe(amount({ cidr: '10.0.0.0/8' }), deny),
      probe(amount({ cidr: ['10.0.0.0/8', '127.0.0.0/8'] }), deny),
    ],
    [
      'an approving rule names fewer folders',
      probe(amount({ path_inside: ['/a', '/b'] })),
      probe(amount({ path_inside: ['/b'] })),
    ],
    [
      'an approving rule names fewer values',
      probe(amount({ subset: ['a', 'b'], intersects: ['a', 'b'] })),
      probe(amount({ subset: ['a'], intersects: ['b'] })),
    ],
    ...(
      [
        [{ lte: 20 }, { lte: 10 }],
        [{ lte: 20 }, { lt: 20 }],
        [{ lt: 20 }, { lte: 19 }],
        [{ gt: 5 }, { gte: 6 }],
        [{ gte: 5 }, { gt: 5 }],
        [{ gte: 'b' }, { gte: 'c' }],
        [{ gt: 0, lte: 20 }, { in: [10, 20] }],
        [{ in: [1, 2, 'a'] }, { in: ['a', 2] }],
        [{ in: [1, 2] }, { eq: 2 }],
        [{ not_in: [1] }, { not_in: [1, 2] }],
        [{ ne: 1 }, { not_in: [1, 2] }],
        [{ length: { lte: 5 } }, { length: 4 }],
        [{ prefix: '/a' }, { prefix: '/a/b' }],
        [{ type: ['number', 'string'] }, { type: 'integer' }],
      ] as const
    ).flatMap(([wide, narrow]): (readonly [string, object, object])[] => {
      const [from, to] = [amount(wide), amount(narrow)];
      const edit = `goes from ${JSON.stringify(wide)} to ${JSON.stringify(narrow)}`;
      return [
        [`an approving rule ${edit}`, probe(from), probe(to)],
        [`the reverse: a deny rule ${edit}`, probe(to, deny), probe(from, deny)],
      ];
    }),
    [
      'an approving rule names fewer roles',
      probe({ role: ['ops', 'support'] }),
      probe({ role: 'ops' }),
    ],
    ['a limit gets lower', probe({ max_per_hour: 5 }), probe({ max_per_hour: 4 })],
    ['a limit is added', probe({}), probe({ max_per_hour: 5 })],
    ['a filter is added', probe({}), probe({}, { filters: ['pii'] })],
    ['a person is required', probe({}), probe({}, { requires: ['person'] })],
    [
      'a deny rule speaks of more',
      probe({ ...amount({ gt: 5, lt: 9 }) }, deny),
      probe(amount({ gt: 5 }), deny),
    ],
    ['review turns to deny', probe(amount({ gt: 5 }), review), probe(amount({ gt: 5 }), deny)],
    ['a shadow deny is enforced', probe({}, { ...deny, mode: 'shadow' }), probe({}, deny)],
    [
      'the words of a rule change',
      probe({}, { metadata: { message: 'a' } }),
      probe({}, { metadata: { message: 'b' } }),
    ],
    [
      'an approving rule ends sooner',
      probe({}),
      probe({}, { metadata: { expires: '2030-01-01' } }),
    ],
    ['a candidate is added', undefined, probe({}, rolled(5))],
    [
      'a candidate comes out of shadow',
      probe({}, { ...deny, mode: 'shadow' }),
      probe({}, rolled(5)),
    ],
    ['a candidate reaches more', probe({}, rolled(5)), probe({}, rolled(5.5))],
    ['a denying candidate is enforced everywhere', probe({}, rolled(5)), probe({}, deny)],
    ['a candidate for nobody goes', probe({}, rolled(0)), undefined],
    ['a candidate can no longer be put back', probe({}, rolled(5, { back })), probe({}, rolled(5))],
    ['a candidate that may loosen waits at 0', undefined, probe({}, lax(0))],
    [
      'a deny rule leaves no more room for a model',
      probe({}, { ...deny, ...room }),
      probe({}, deny),
    ],
    ['review with room turns to deny', probe({}, { ...review, ...room }), probe({}, deny)],
    [
      'a deny rule leaves room for nothing looser',
      undefined,
      probe({}, { ...deny, ...strictRoom }),
    ],
    [
      'an approving candidate becomes a deny rule',
      probe({}, { rollout: { percent: 40, by: 'agent' }, filters: ['secrets'] }),
      probe({}, deny),
    ],
    [
      'what people read of a rule changes',
      probe({}, { description: 'a' }),
      probe({}, { description: 'b' }),
    ],
    [
      'a candidate with room reaches more',
      probe({}, { ...rolled(0), ...room }),
      probe({}, { ...rolled(5), ...room }),
    ],
    [
      'a rule that takes a label is removed, and no rule reads it',
      probe({}, { declassify: ['vip'] }),
      undefined,
    ],
    ['a label is given that no rule reads', probe({}), probe({}, { taint: ['vip'] })],
  ];
  it.each(tightens)('is no loosening when %s', (_why, from, to) => {
    expect(loosened(from, to)).toEqual([]);
  });

  const loosens: readonly (readonly [string, object | undefined, object | undefined])[] = [
    ['a deny rule is removed', probe({}, deny), undefined],
    ['a deny rule with room for a model is added', undefined, probe({}, { ...deny, ...room })],
    ['a deny rule gets room for a model', probe({}, deny), probe({}, { ...deny, ...room })],
    [
      'a deny rule with room speaks of more',
      probe(amount({ gt: 5, lt: 9 }), { ...deny, ...room }),
      probe(amount({ gt: 5 }), { ...deny, ...room }),
    ],
    ['a rule that a model could make stricter goes', probe({}, strictRoom), undefined],
    [
      'a rule that a model could make stricter gets narrower',
      probe({}, strictRoom),
      probe({ env: 'x' }, strictRoom),
    ],
    [
      'a candidate with filters becomes a deny rule that speaks of less',
      probe({}, { rollout: { percent: 40, by: 'agent' }, filters: ['secrets'] }),
      probe({ env: 'x' }, deny),
    ],
    [
      'a candidate becomes a deny rule that speaks of less',
      probe({}, rolled(40)),
      probe({ env: 'x' }, deny),
    ],
    [
      'a candidate with room is enforced everywhere',
      probe({}, { ...rolled(5), ...room }),
      probe({}, { ...deny, ...room }),
    ],
    [
      'an approving rule names another domain',
      probe(amount({ domain: 'a.example' })),
      probe(amount({ domain: ['a.example', 'b.example'] })),
    ],
    [
      'a deny rule names fewer domains',
      probe(amount({ domain: ['a.example', 'b.example'] }), deny),
      probe(amount({ domain: ['a.example'] }), deny),
    ],
    [
      'a domain is no text among texts',
      probe(amount({ domain: 'a.example' })),
      probe(amount({ domain: 'nota.example' })),
    ],
    ['a pattern changes', probe(amount({ regex: '^a$' })), probe(amount({ regex: '^a' }))],
    [
      'a schema changes',
      probe(amount({ matches_schema: { minLength: 2 } })),
      probe(amount({ matches_schema: { minLength: 1 } })),
    ],
    [
      'a range of versions changes',
      probe(amount({ semver: '^1.2.0' })),
      probe(amount({ semver: '^1.0.0' })),
    ],
    [
      'values of other kinds are named, so that an error becomes false',
      probe(amount({ intersects: ['a'] }), deny),
      probe(amount({ intersects: ['a', 5] }), deny),
    ],
    ...(
      [
        [{ lte: 20 }, { lte: 21 }],
        [{ lt: 20 }, { lte: 20 }],
        [{ gt: 5 }, { gte: 5 }],
        [{ gte: 5 }, { gte: 'c' }],
        [{ lte: 20 }, { in: [10, 'a'] }],
        [{ lte: 20 }, { in: [10, null] }],
        [{ lte: 20 }, { gte: 5 }],
        [{ in: [1, 2] }, { in: [1, 3] }],
        [{ eq: null }, { in: [null] }],
        [{ not_in: [1, 2] }, { not_in: [1] }],
        [{ ne: null }, { ne: 1 }],
        [{ ne: [1, 2] }, { not_in: [1, 2] }],
        [{ length: { lte: 5 } }, { length: { lte: 6 } }],
        [{ prefix: '/a/b' }, { prefix: '/a' }],
        [{ type: 'integer' }, { type: 'number' }],
      ] as const
    ).flatMap(([narrow, wide]): (readonly [string, object, object])[] => {
      const [from, to] = [amount(narrow), amount(wide)];
      const edit = `goes from ${JSON.stringify(narrow)} to ${JSON.stringify(wide)}`;
      return [
        [`an approving rule ${edit}`, probe(from), probe(to)],
        [`the reverse: a deny rule ${edit}`, probe(to, deny), probe(from, deny)],
      ];
    }),
    [
      'a deny rule lists values of one kind more, so that an error becomes false',
      probe(amount({ in: [1] }), deny),
      probe(amount({ in: [1, 'a'] }), deny),
    ],
    [
      'an approving rule excludes values of one kind more, so that an error becomes true',
      probe(amount({ not_in: [1] })),
      probe(amount({ not_in: [1, 'a'] })),
    ],
    [
      'a deny rule names fewer roles',
      probe({ role: ['a', 'b'] }, deny),
      probe({ role: 'a' }, deny),
    ],
    ['a review rule is removed', probe({}, review), undefined],
    [
      'a deny rule with room for a model turns to approve',
      probe({}, { ...deny, ...room }),
      probe({}, room),
    ],
    [
      'a deny rule with room for a model turns to review',
      probe({}, { ...deny, ...room }),
      probe({}, { ...review, ...room }),
    ],
    [
      'a judge reads other words of the rule',
      probe({}, { ...review, ...room, description: 'never fine' }),
      probe({}, { ...review, ...room, description: 'always fine' }),
    ],
    [
      'a judge reads other words, and the rule gets narrower',
      probe({}, { ...strictRoom, description: 'never fine' }),
      probe({}, { ...strictRoom, description: 'always fine', requires: ['person'] }),
    ],
    [
      'a judge reads other words of a candidate, though it is enforced for nobody',
      probe({}, { ...rolled(0), ...room, description: 'never fine' }),
      probe({}, { ...rolled(0), ...room, description: 'always fine' }),
    ],
    [
      'a candidate for nobody is added of which a judge reads',
      undefined,
      probe({}, { ...rolled(0), ...strictRoom, description: 'always fine' }),
    ],
    [
      'a candidate of which a judge reads comes out of shadow',
      probe({}, { ...deny, ...room, mode: 'shadow' }),
      probe({}, { ...rolled(0), ...room }),
    ],
    [
      'an approving rule ends sooner, and its filters with it',
      probe({}, { filters: ['pii'] }),
      probe({}, { filters: ['pii'], metadata: { expires: '2030-01-01' } }),
    ],
    ['an approving rule is added', undefined, probe({})],
    ['a review rule is added', undefined, probe({}, review)],
    ['an approving rule with limits is removed', probe({ max_per_hour: 5 }), undefined],
    ['deny turns to review', probe({}, deny), probe({}, review)],
    ['review turns to approve', probe({}, review), probe({})],
    ['deny goes to shadow', probe({}, deny), probe({}, { ...deny, mode: 'shadow' })],
    ['deny is turned off', probe({}, deny), probe({}, { ...deny, mode: 'off' })],
    ['a deny rule asks for more', probe({}, deny), probe(amount({ gt: 5 }), deny)],
    [
      'a bound of a deny rule moves',
      probe(amount({ gt: 5 }), deny),
      probe(amount({ gt: 6 }), deny),
    ],
    [
      'a deny rule names its tool no more',
      probe(amount({ gt: 5 }), deny),
      { ...probe({}, deny), condition: amount({ gt: 5 }) },
    ],
    ['an approving rule asks for less', probe(amount({ lte: 5 })), probe({})],
    ['a bound of an approving rule moves', probe(amount({ lte: 5 })), probe(amount({ lte: 6 }))],
    [
      'an approving rule with a limit gets narrower',
      probe({ max_per_hour: 5 }),
      probe({ max_per_hour: 5, env: 'x' }),
    ],
    ['a limit gets higher', probe({ max_per_hour: 5 }), probe({ max_per_hour: 6 })],
    ['a limit goes', probe({ max_per_hour: 5 }), probe({})],
    [
      'a full limit asks a person',
      probe({ max_per_hour: 5 }),
      probe({ max_per_hour: 5 }, { on_exceed: 'require_review' }),
    ],
    ['a filter goes', probe({}, { filters: ['pii'] }), probe({})],
    ['a requirement goes', probe({}, { requires: ['person'] }), probe({})],
    [
      'an approving rule lives longer',
      probe({}, { metadata: { expires: '2030-01-01' } }),
      probe({}),
    ],
    ['a rule loses what is not built', probe({ args: { to: { regex: 'a' } } }), probe({})],
    ['failing calls go to a person', probe(amount({ lte: 5 })), probe(amount({ lte: 5 }), review)],
    ['deny counts for a part only', probe({}, deny), probe({}, rolled(100))],
    ['a candidate is removed', probe({}, rolled(5)), undefined],
    [
      'a candidate goes to shadow',
      probe({}, rolled(5)),
      probe({}, { ...rolled(5), mode: 'shadow' }),
    ],
    ['a candidate reaches less', probe({}, rolled(100)), probe({}, rolled(99.9))],
    ['a candidate stops at 0', probe({}, rolled(5)), probe({}, rolled(0))],
    [
      'a candidate is drawn otherwise',
      probe({}, rolled(5)),
      probe({}, rolled(5, { by: 'session' })),
    ],
    ['a candidate can be put back', probe({}, rolled(5)), probe({}, rolled(5, { back }))],
    [
      'a candidate is put back sooner',
      probe({}, rolled(5, { back })),
      probe({}, rolled(5, { back: { ...back, min_calls: 1 } })),
    ],
    ['a candidate asks for more', probe({}, rolled(5)), probe(amount({ gt: 5 }), rolled(9))],
    [
      'a candidate may loosen',
      probe({}, rolled(5)),
      probe({}, { ...rolled(5), allow_loosening: true }),
    ],
    ['a candidate that may loosen is added', undefined, probe({}, lax(5))],
    ['a candidate that may loosen starts', probe({}, lax(0)), probe({}, lax(1))],
    [
      'words of a candidate that may loosen change, so that a way back is forgotten',
      probe({}, lax(5)),
      probe({}, { ...lax(5), description: 'new' }),
    ],
  ];
  it.each(loosens)('is a loosening when %s', (_why, from, to) => {
    expect(loosened(from, to)).toEqual([expect.stringMatching(/^rule `probe`: ./)]);
  });

  it.each([
    ['a rule that allows asks for it', { tainted: ['vip'] }, {}],
    ['a rule that denies spares it', { not_tainted: ['vip'] }, deny],
    [
      'a rule that would else be the default denial sends it to a person',
      { tainted: ['vip'] },
      review,
    ],
    ['a rule with filters spares it', { not_tainted: ['vip'] }, { filters: ['pii'] }],
  ])('is a loosening when a label is given or kept, and %s', (_why, session, more) => {
    const reader = { ...probe({ session }, more), name: 'reader' };
    const edit = (from: object, to: object) =>
      diffRules(load([reader, probe({}, from)]), load([reader, probe({}, to)])).loosened;
    const why = 'rule `probe`: it cannot be shown that the change only tightens';
    expect(edit({}, { taint: ['vip'] })).toEqual([why]);
    expect(edit({ declassify: ['vip'] }, {})).toEqual([why]);
    expect(edit({}, { taint: ['other'] })).toEqual([]);
  });

  it('is a loosening when a candidate gives a label with which something opens', () => {
    const reader = { ...probe({ session: { tainted: ['vip'] } }), name: 'reader' };
    const candidate = (percent: number, taint: string) =>
      probe({}, { filters: ['pii'], taint: [taint], rollout: { percent, by: 'agent' } });
    const edit = (from: readonly object[], to: object) =>
      diffRules(load([reader, ...from]), load([reader, to])).loosened;
    const why = 'rule `probe`: a candidate gives sessions a label with which others allow more';
    expect(edit([], candidate(5, 'vip'))).toEqual([why]);
    expect(edit([candidate(5, 'vip')], candidate(6, 'vip'))).toEqual([why]);
    expect(edit([candidate(0, 'vip')], candidate(5, 'vip'))).toEqual([why]);
    expect(edit([], candidate(5, 'other'))).toEqual([]);
    expect(edit([], candidate(0, 'vip'))).toEqual([]);
  });

  it.each<[string, readonly object[]]>([
    ['goes', []],
    ['gets narrower', [probe({ env: 'x' }, { declassify: ['vip'] })]],
    ['turns to deny', [probe({}, deny)]],
    ['turns to deny, the label still written there', [probe({}, { ...deny, declassify: ['vip'] })]],
    ['is turned off', [probe({}, { declassify: ['vip'], mode: 'off' })]],
    ['ends sooner', [probe({}, { declassify: ['vip'], metadata: { expires: '2030-01-01' } })]],
  ])(
    'is a loosening when a rule that takes a label from sessions %s, and another reads it',
    (_, then) => {
      const reader = { ...probe({ session: { tainted: ['vip'] } }), name: 'reader' };
      const { loosened: reasons } = diffRules(
        load([reader, probe({}, { declassify: ['vip'] })]),
        load([reader, ...then]),
      );
      expect(reasons).toEqual([expect.stringMatching(/^rule `probe`: ./)]);
    },
  );

  it('tells of looser defaults and of changed lists', () => {
    const strict = load([]);
    const lax = load([], { defaults: { approval: 'require_review', on_error: 'require_review' } });
    expect(diffRules(strict, lax).loosened).toHaveLength(2);
    expect(diffRules(lax, strict).loosened).toEqual([]);
    const rule = probe({ args: { to: { in_list: 'hosts' } } });
    const diff = diffRules(
      load([rule], { lists: { hosts: ['a'] } }),
      load([rule], { lists: { hosts: ['a', 'b'] } }),
    );
    expect(diff.loosened).toEqual(['rule `probe`: a list that the rule names was changed']);
    for (const rest of [{}, { rollout: { percent: 5, by: 'agent' } }]) {
      const named = { ...rule, ...deny, ...rest };
      const hidden = diffRules(
        load([named], { lists: { hosts: ['a', 'b'] } }),
        load([{ ...named, description: 'new' }], { lists: { hosts: ['a'] } }),
      );
      expect(hidden.loosened).toEqual(diff.loosened);
    }
  });
});
