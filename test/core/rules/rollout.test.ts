import { describe, expect, it } from 'vitest';
import { draw, isCandidateSide, placeOf } from '../../../src/core/rules/rollout.ts';
import { decideWith, errorsOf, fileOf, load, makeCall, probe } from './rule-calls.ts';

const allow = { ...probe({}), name: 'allow' };
const small = { args: { amount: { lte: 10 } } };
const byAgent = (percent: number, more: object = {}) => ({ percent, by: 'agent', ...more });
const agents = Array.from({ length: 400 }, (_, i) => `agent-${i}`);

describe('a rollout', () => {
  it('enforces the rule on its side, and evaluates it on the other', () => {
    const set = load([allow, probe({}, { approval: 'deny', rollout: byAgent(25) })]);
    const decisions = agents.map((agent) => decideWith(set, { agent }));
    const denied = decisions.filter(({ verdict }) => verdict === 'deny');
    expect(denied.length).toBeGreaterThan(60);
    expect(denied.length).toBeLessThan(140);
    for (const { verdict, rule, explanation } of decisions) {
      const isDenied = verdict === 'deny';
      expect(rule).toBe(isDenied ? 'probe' : 'allow');
      const [arm, ...others] = explanation?.arm ?? [];
      expect(others).toEqual([]);
      expect(arm).toMatchObject({
        rule: 'probe',
        side: isDenied ? 'candidate' : 'control',
        would: 'deny',
      });
      expect(explanation?.shadow).toEqual(isDenied ? [] : [{ rule: 'probe', would: 'deny' }]);
    }
  });

  it('takes no label from a session by a candidate alone', () => {
    const base = { ...allow, declassify: ['own'] };
    const candidate = { declassify: ['own', 'untrusted'], filters: ['pii'] };
    const rollout = byAgent(100, { instead_of: 'allow' });
    const decision = decideWith(load([base, probe({}, { ...candidate, rollout })]));
    expect(decision).toMatchObject({ verdict: 'allow', filters: ['pii'], declassifies: ['own'] });
    const loose = { ...candidate, rollout, allow_loosening: true };
    expect(decideWith(load([base, probe({}, loose)]))).toMatchObject({
      declassifies: ['own', 'untrusted'],
    });
  });

  it('keeps a session or agent on its side while the percentage rises', () => {
    for (const by of ['agent', 'session'] as const) {
      for (const name of agents.slice(0, 50)) {
        const { call } = makeCall({ agent: name, session: name });
        const sides = Array.from({ length: 401 }, (_, i) =>
          isCandidateSide({ percent: i / 4 }, draw('r', { by }, call)),
        );
        expect(sides.indexOf(true)).toBe(sides.lastIndexOf(false) + 1);
        expect([sides[0], sides.at(-1)]).toEqual([false, true]);
      }
    }
  });

  it('draws again for each rule, evenly, with decimals', () => {
    const of = (rule: string, by: 'agent' | 'session', names: readonly string[]) =>
      names.map((name) =>
        placeOf(draw(rule, { by }, makeCall({ agent: name, session: name }).call)),
      );
    expect(of('one', 'agent', agents)).not.toEqual(of('other', 'agent', agents));
    expect(of('one', 'agent', agents)).not.toEqual(of('one', 'session', agents));
    const names = Array.from({ length: 20_000 }, (_, i) => `s${i}`);
    const many = of('r', 'session', names);
    const share = many.filter((place) => place < 0.5).length / many.length;
    expect(share).toBeGreaterThan(0.003);
    expect(share).toBeLessThan(0.007);
    expect(Math.max(...many)).toBeLessThan(100);
    expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
  });

  it('draws agents that work for another together with it', () => {
    const { call } = makeCall({ agent: 'helper' });
    const boss = { kind: 'agent', id: 'boss', roles: [] } as const;
    const agent = { ...call.seat.agent, parent: boss };
    const helped = { ...call, seat: { ...call.seat, agent } };
    const own = makeCall({ agent: 'boss' }).call;
    expect(draw('r', { by: 'agent' }, helped)).toBe(draw('r', { by: 'agent' }, own));
  });
});

describe('a candidate that replaces a rule', () => {
  const candidate = (more: object) => probe(small, { rollout: byAgent(100, more) });
  const control = (more: object) => probe(small, { rollout: byAgent(0, more) });

  it('counts instead of it on the one side, the other way round on the other', () => {
    const there = load([allow, candidate({ instead_of: 'allow' })]);
    const here = load([allow, control({ instead_of: 'allow' })]);
    expect(decideWith(there, { args: { amount: 20 } })).toMatchObject({ verdict: 'deny' });
    expect(decideWith(there, { args: { amount: 20 } }).explanation?.shadow).toEqual([
      { rule: 'allow', would: 'allow' },
    ]);
    expect(decideWith(there, { args: { amount: 5 } }).verdict).toBe('allow');
    expect(decideWith(here, { args: { amount: 20 } })).toMatchObject({
      verdict: 'allow',
      rule: 'allow',
    });
  });

  it('takes the rule away also where only that rule speaks of the tool', () => {
    const wide = { name: 'allow', condition: { tool: '*' }, approval: 'auto_approve' };
    const set = load([wide, candidate({ instead_of: 'allow' })]);
    expect(decideWith(set, { tool: 'github' })).toMatchObject({ verdict: 'deny', code: 'NO_RULE' });
    expect(decideWith(set, { tool: 'github' }).explanation?.arm).toMatchObject([
      { rule: 'probe', side: 'candidate' },
    ]);
  });

  it('never loosens what stood there, unless it may', () => {
    const strict = { ...probe(small), name: 'strict' };
    const wide = probe({}, { rollout: byAgent(100, { instead_of: 'strict' }) });
    expect(decideWith(load([strict, wide]), { args: { amount: 20 } }).verdict).toBe('deny');
    const free = { ...wide, allow_loosening: true };
    expect(decideWith(load([strict, free]), { args: { amount: 20 } })).toMatchObject({
      verdict: 'allow',
      rule: 'probe',
    });
  });

  it('never loosens by the word of a judge, unless it may', () => {
    const { call, facts } = makeCall();
    const judged = { ...facts, judged: { verdict: 'allow' } } as const;
    const decideAs = (more: object) =>
      load([
        probe(
          {},
          {
            approval: 'deny',
            llm: { may: ['allow'] },
            rollout: { percent: 100, by: 'agent' },
            ...more,
          },
        ),
      ]).decide(call, judged).verdict;
    expect([decideAs({}), decideAs({ allow_loosening: true })]).toEqual(['deny', 'allow']);
  });

  it('counts a call once against a limit that stands in both decisions', () => {
    const counted = { name: 'counted', condition: { tool: '*', max_per_hour: 9 } };
    const rules = [
      { ...counted, approval: 'auto_approve' },
      allow,
      probe({ max_per_hour: 3 }, { rollout: byAgent(100, { instead_of: 'allow' }) }),
    ];
    const decision = decideWith(load(rules));
    const limits = decision.verdict === 'allow' ? decision.limits : [];
    expect(limits?.map(({ rule, max }) => [rule, max])).toEqual([
      ['counted', 9],
      ['probe', 3],
    ]);
  });
});

describe('a rollout that was put back', () => {
  it('is in shadow for everybody', () => {
    const set = load([allow, probe({}, { approval: 'deny', rollout: byAgent(100) })]);
    const { call, facts } = makeCall();
    const hash = set.rules.find(({ name }) => name === 'probe')?.hash() ?? '';
    const decision = set.decide(call, { ...facts, reverted: new Set([hash.slice(0, 16)]) });
    expect(decision).toMatchObject({
      verdict: 'allow',
      explanation: {
        shadow: [{ rule: 'probe', would: 'deny' }],
        arm: [{ side: 'shadow', would: 'deny' }],
      },
    });
  });
});

describe('tests that stand in rules', () => {
  it('run on the side of the candidate, whatever the percentage', () => {
    const tests = [{ call: { tool: 'stripe' }, expect: 'deny' }];
    const rule = probe({}, { approval: 'deny', rollout: byAgent(0), tests });
    expect(errorsOf(fileOf([allow, rule]).text)).toEqual([]);
    const wrong = { ...rule, tests: [{ ...tests[0], expect: 'auto_approve' }] };
    expect(errorsOf(fileOf([allow, wrong]).text)).toMatchObject([
      { message: expect.stringContaining('the test expects') },
    ]);
  });
});

describe('what is wrong with a rollout is said with its place', () => {
  const deny = { approval: 'deny' };
  const cases: readonly (readonly [string, object, string, string])[] = [
    ['too much', { ...deny, rollout: byAgent(101) }, '/rollout/percent', '100 or less'],
    ['less than nothing', { ...deny, rollout: byAgent(-1) }, '/rollout/percent', '0 or more'],
    ['a text', { ...deny, rollout: { percent: '5', by: 'agent' } }, '/rollout/percent', 'number'],
    ['a number alone', { ...deny, rollout: 10 }, '/rollout', 'expected an object'],
    ['by nobody', { ...deny, rollout: { percent: 5 } }, '/rollout', 'key `by` is missing'],
    ['by a tool', { ...deny, rollout: { percent: 5, by: 'tool' } }, '/rollout/by', 'session'],
    ['a slip', { ...deny, rollout: byAgent(5, { percnt: 6 }) }, '/rollout/percnt', 'percnt'],
    ['an approval that adds nothing', { rollout: byAgent(5) }, '/rollout', 'cannot tighten'],
    [
      'itself',
      { ...deny, rollout: byAgent(5, { instead_of: 'probe' }) },
      '/rollout/instead_of',
      'itself',
    ],
    [
      'nobody there',
      { ...deny, rollout: byAgent(5, { instead_of: 'alow' }) },
      '/rollout/instead_of',
      'no rule `alow`',
    ],
    [
      'no threshold',
      { ...deny, rollout: byAgent(5, { back: { min_calls: 9 } }) },
      '/rollout/back',
      'no threshold',
    ],
    [
      'no least number',
      { ...deny, rollout: byAgent(5, { back: { denied_over: 0.1 } }) },
      '/rollout/back/min_calls',
      'whole number',
    ],
    [
      'no calls',
      { ...deny, rollout: byAgent(5, { back: { denied_over: 0, min_calls: 0 } }) },
      '/rollout/back/min_calls',
      '1 or more',
    ],
    [
      'percents',
      { ...deny, rollout: byAgent(5, { back: { denied_over: 5, min_calls: 9 } }) },
      '/rollout/back/denied_over',
      '0 to 1',
    ],
    [
      'no other side',
      { ...deny, rollout: byAgent(100, { back: { denied_over: 0.1, min_calls: 9 } }) },
      '/rollout/back/denied_over',
      'no other side',
    ],
    [
      'looser than the old one',
      { rollout: byAgent(5, { instead_of: 'deny' }) },
      '/rollout/instead_of',
      'looser',
    ],
    [
      'a chain',
      { ...deny, rollout: byAgent(5, { instead_of: 'rolled' }) },
      '/rollout/instead_of',
      'rolled out itself',
    ],
    [
      'a second candidate',
      { ...deny, rollout: byAgent(5, { instead_of: 'taken' }) },
      '/rollout/instead_of',
      'already replaced',
    ],
  ];
  it.each(cases)('%s', (_, rest, where, what) => {
    const others = [
      allow,
      { ...probe({}, deny), name: 'deny' },
      { ...probe({}, deny), name: 'rolled', rollout: byAgent(5) },
      { ...probe({}, deny), name: 'taken' },
      { ...probe({}, deny), name: 'taker', rollout: byAgent(5, { instead_of: 'taken' }) },
    ];
    const found = errorsOf(fileOf([...others, probe({}, rest)]).text);
    expect(found).toHaveLength(1);
    expect(found[0]?.pointer).toBe(`/rules/5${where}`);
    expect(`${found[0]?.message}; ${found[0]?.remedy ?? ''}`).toContain(what);
  });
});
