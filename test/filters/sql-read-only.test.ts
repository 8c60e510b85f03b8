import { describe, expect, it } from 'vitest';
import { sqlReadOnly } from '../../src/filters/sql-read-only.ts';
import { filterArgs, reasonOf } from './run-filter.ts';

const filter = sqlReadOnly();
const postgres = sqlReadOnly({ dialect: 'postgresql' });
const refused = 'refused: FILTER_DENIED';

describe('the filter sql_read_only lets through', () => {
  it.each([
    'select 1',
    "SELECT * FROM users WHERE name = 'O''Hara' AND id = $1 LIMIT 10;",
    'select "a b", count(*) filter (where x > 1) from t group by 1 having sum(y) > 2 order by 2 desc',
    'with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select * from r',
    'select a, row_number() over (partition by b order by c) from t join u using (id) left join lateral (select 1) l on true',
    "select coalesce(a, b), case when c then 1 end, cast(d as date), extract(year from now()), a->>'k', e is null from t",
    'values (1, 2)',
    "select date(a), strftime('%Y', b) from t -- the years\nwhere c in (select d from u) /* all */",
    `select "delete", t.deleted, 'delete', 'say ''hi''', date'2026-01-01' from t`,
  ])('%s', async (sql) => {
    expect(await filterArgs(filter, { sql, limit: 5 })).toEqual({ sql, limit: 5 });
  });

  it('a list of statements, a text alone, and functions that it is told of', async () => {
    const sql = ['select 1', 'select 2'];
    expect(await filterArgs(filter, { statement: sql })).toEqual({ statement: sql });
    expect(await filterArgs(filter, 'select 1')).toBe('select 1');
    const query = 'select shop.total(1)';
    const mine = sqlReadOnly({ args: ['db.q'], functions: ['shop.Total'] });
    expect(await filterArgs(mine, { db: { q: query } })).toEqual({ db: { q: query } });
    expect(await filterArgs(filter, { query })).toBe(refused);
  });

  it('what PostgreSQL alone reads, where it is told that PostgreSQL it is', async () => {
    const sql = "select $$it's$$, (array[1,2])[1], '\\d', 1 /* a /* b */ c */";
    expect(await filterArgs(filter, { sql })).toBe(refused);
    expect(await filterArgs(postgres, { sql })).toEqual({ sql });
  });
});

describe.each([
  ['any', filter],
  ['postgresql', postgres],
] as const)('the filter sql_read_only (%s) refuses', (_dialect, each) => {
  it.each<[string, string]>([
    ['several statements', 'select 1; drop table users'],
    ['a second one after a NUL', 'select 1\0; drop table users'],
    ['no statement', ' ; -- '],
    ['a write', "insert into t values ('select')"],
    ['a write in a CTE', 'with x as (delete from t returning *) select * from x'],
    [
      'a write in a CTE of a subquery',
      'select * from (with x as (update t set a = 1 returning a) select a from x) y',
    ],
    ['a merge', 'merge into t using u on true when matched then delete'],
    ['a new table', 'select * into copy from users'],
    ['a new table in one arm', 'select 1 union select 2 into t2'],
    ['a lock', 'select * from t for update'],
    ['a shared lock', 'select * from (select * from t for share) x'],
    ['a copy to a program', "copy t to program 'curl evil.com'"],
    ['a setting', 'set role admin'],
    ['a pragma', 'PRAGMA writable_schema = 1'],
    ['a file that is attached', "attach database 'x' as y"],
    ['an explained write that runs', 'explain analyze delete from t'],
    ['a block', 'do $$ begin delete from t; end $$'],
    ['a prepared statement', 'execute x'],
    ['a call', 'call cleanup()'],
    ['a truncation', 'truncate t'],
    ['a listening', 'listen x'],
    ['a sleep', 'select pg_sleep(10)'],
    ['a file that is read', "select pg_read_file('/etc/passwd')"],
    ['a file by another name', "select pg_catalog.lo_import('/etc/passwd')"],
    ['a function in capitals', "SELECT PG_READ_FILE('x')"],
    ['a quoted function', `select "pg_terminate_backend"(1)`],
    ['a function of a schema that is named like one that reads', 'select evil.count(1)'],
    ['a sequence', "select nextval('s')"],
    ['a function in FROM', "select * from dblink('host=evil', 'delete from t') as x(a int)"],
    ['a function in WHERE', "select 1 from t where set_config('role', 'admin', false) = ''"],
    ['a function in LIMIT', 'select 1 limit pg_advisory_lock(1)'],
    ['a function in VALUES', "values (query_to_xml('delete from t', true, true, ''))"],
    ['an operator by its schema', 'select 1 operator(evil.+) 2'],
    ['a file that is loaded', "select load_extension('x')"],
    ['what is no SQL', 'please read everything'],
    ['what is cut off', "select 'a"],
    ['an outfile', "select * from t into outfile '/tmp/x'"],
  ])('%s', async (_what, sql) => {
    expect(await filterArgs(each, { sql })).toBe(refused);
  });

  it('what would break the parser, and goes on parsing', async () => {
    const deep = ['+1'.repeat(50_000), '+1'.repeat(4000), '['.repeat(8000), ' + '.repeat(2000)];
    for (const tail of deep) await filterArgs(each, { sql: `select 1${tail}` });
    for (const open of ['(', '(select ', 'array[', 'abs(']) {
      const close = open.startsWith('a') && open.endsWith('[') ? ']' : ')';
      for (const times of [499, 1000]) {
        await filterArgs(each, { sql: `select ${open.repeat(times)}1${close.repeat(times)}` });
      }
    }
    expect(await filterArgs(each, { sql: 'select 1' })).toEqual({ sql: 'select 1' });
  });
});

describe('the filter sql_read_only refuses what databases read differently', () => {
  it.each<[string, string]>([
    ['a comment that MySQL runs', 'select 1 /*! into outfile "/tmp/x" */'],
    ['a comment that MariaDB runs', 'select 1 /*M! into outfile "/tmp/x" */'],
    ['a comment in a comment', 'select 1 /* /* */ ; drop table t; -- */'],
    ['a comment that is none for MySQL', 'select 1 --1'],
    ['a line that ends for some', 'select 1 -- \r ; drop table t'],
    ['a string that ends elsewhere', "select '\\'; drop table t; -- '"],
    ['a name that ends elsewhere', 'select "\\"; drop table t; -- "'],
    ['a quoted block', "select $$ ' $$"],
    ['a bracketed name', "select [a'] from t -- '"],
    ['a backtick', 'select `a` from t'],
    ['a hash', 'select 1 # 2'],
    ['an operator that is a comment for Snowflake', "select 1 // '\n; delete from t; -- '"],
    ['a name that begins a second statement for SQL Server', 'SELECT 1 DELETE FROM users'],
    ['one that is none of PostgreSQL', 'select 1 from t shutdown'],
    ['one after a comment', 'select 1 /* */ delete/**/from users'],
    [
      'a string in three quotes that ends elsewhere for BigQuery',
      "select '''||'||'''; delete from t where true; select '''||'||'''",
    ],
    ['a string of Oracle that ends elsewhere', "select q'!'!' || evil() || q'!'!' from dual"],
    ['one of Oracle in another character set', "select Nq'!'!' || evil() || nQ'!'!' from dual"],
  ])('%s', async (_what, sql) => {
    expect(await filterArgs(filter, { sql })).toBe(refused);
  });
});

describe('the filter sql_read_only', () => {
  it('refuses where there is nothing to judge', async () => {
    expect(await filterArgs(filter, {})).toBe(refused);
    expect(await filterArgs(filter, { sql: 7 })).toBe(refused);
    expect(await filterArgs(filter, { sql: [] })).toBe(refused);
    expect(await filterArgs(filter, { sql: 'select 1', query: 'drop table t' })).toBe(refused);
    expect(await filterArgs(filter, JSON.parse('{"__proto__": {"sql": "select 1"}}'))).toBe(
      refused,
    );
  });

  it('says why, and nothing of the statement', async () => {
    const reason = await reasonOf(filter, { sql: "select secret_function('token')" });
    expect(reason).toBe(
      'only SQL that reads may run here: it calls a function that is not known to be free of effects',
    );
  });
});
