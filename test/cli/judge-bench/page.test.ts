import { expect, it } from 'vitest';
import { benchWith, byMark, row } from './bench.ts';

const hostile = `</td><script>alert(1)</script><img src=x onerror="a('b')">&\u202Egnp`;

it('is one page that runs nothing and loads nothing, whatever a model or a case says', async () => {
  const cases = [
    row({ session: 'a', args: { id: 'm1' }, label: 'attack', category: hostile }),
    row({ session: 'b', args: { id: 'm2' } }),
  ];
  const play = byMark([{ mark: 'm1', p: 0.9, change: { rationale: hostile } }]);
  const { live, read } = await benchWith(cases, play);
  expect((await live('--html', 'page.html')).code).toBe(0);
  const page = await read('page.html');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain('onerror=&quot;a(&#x27;b&#x27;)&quot;&gt;&amp;\\u202egnp');
  expect(page).not.toMatch(/<script|<img|<link|<iframe|\u202E/u);
  expect(page).not.toMatch(/<[^>]*(?:src|href)=|url\(|@import|https?:/u);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
});

it('draws the curves of what was measured', async () => {
  const cases = [
    row({ session: 'a', args: { id: 'm1' }, label: 'attack' }),
    row({ session: 'b', args: { id: 'm2' } }),
  ];
  const play = byMark([{ mark: 'm1', p: 0.9 }]);
  const { live, read } = await benchWith(cases, play);
  await live('--html', 'page.html');
  const page = await read('page.html');
  // risks 0.1 (the attack) and 0.01: at the strictest threshold that stops something, all attacks and no good call
  expect(page).toContain('<path class="line line-0" d="M56 316L56 16L456 16"/>');
  expect(page).toContain('Reliability: raw score');
  expect(page).toContain('prefers-color-scheme: dark');
});
