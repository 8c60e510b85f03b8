/**
 * Why databases would not read the text alike, in words for the agent; undefined if they do. What one takes for a
 * string or a comment another one runs: MySQL runs what stands in a comment that begins with an exclamation mark,
 * and ends a string elsewhere than PostgreSQL where there is a backslash.
 */
export function findUnclear(sql: string): string | undefined {
  let at = 0;
  while (at < sql.length) {
    const char = sql[at] ?? '';
    const two = sql.slice(at, at + 2);
    const word = wordAt(sql, at);
    if (beginners.has(word.toLowerCase())) {
      return `it holds a word that begins another statement for some databases (${word.toLowerCase()}); write it in " where it is a name`;
    }
    const end = isQuote(char)
      ? endOfQuoted(sql, at)
      : word === ''
        ? endOfComment(sql, at, two)
        : at + word.length;
    if (end === undefined || isOddQuote(sql, at))
      return `its quotes or comments are read differently by databases; ${plain}`;
    if (end === at && isUnclear(char, sql[at + 1] ?? '')) {
      return `it holds a sign that databases read differently (${char.trim() || 'a carriage return'}); ${plain}`;
    }
    at = Math.max(end, at + 1);
  }
  return undefined;
}

const plain = 'write standard SQL without comments, with \' around strings and " around names';

function isQuote(char: string): boolean {
  return char === "'" || char === '"';
}

/** Where PostgreSQL takes them for names, SQL Server begins the next statement: it needs no semicolon between two. */
const beginners: ReadonlySet<string> = new Set(
  'delete exec execute shutdown checkpoint reconfigure commit rollback revert setuser'.split(' '),
);

function wordAt(sql: string, at: number): string {
  const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
  word.lastIndex = at;
  return word.exec(sql)?.[0] ?? '';
}

/** Oracle ends what begins with `q'!` at `!'`; three quotes open a string that others end only at the next three. */
function isOddQuote(sql: string, at: number): boolean {
  if (/^n?q$/i.test(wordAt(sql, at))) return /^n?q'/i.test(sql.slice(at, at + 3));
  const char = sql[at] ?? '';
  return isQuote(char) && sql[at - 1] !== char && sql.startsWith(char.repeat(3), at);
}

/** After the closing quote; undefined where there is none, or a backslash before it. A doubled quote opens the next. */
function endOfQuoted(sql: string, start: number): number | undefined {
  const close = sql.indexOf(sql[start] ?? '', start + 1);
  if (close === -1 || sql.slice(start, close).includes('\\')) return undefined;
  return close + 1;
}

/** After the comment; where it begins if there is none; undefined for one that is not everywhere a comment, or ends elsewhere. */
function endOfComment(sql: string, start: number, two: string): number | undefined {
  if (two === '--') {
    // MySQL takes `--1` for a number
    if (!/^(?:--[ \t\n]|--$)/.test(sql.slice(start, start + 3))) return undefined;
    const line = sql.indexOf('\n', start);
    const end = line === -1 ? sql.length : line;
    return sql.slice(start, end - 1).includes('\r') ? undefined : end;
  }
  // Snowflake takes it for a comment
  if (two === '//') return undefined;
  if (two !== '/*') return start;
  const close = sql.indexOf('*/', start + 2);
  if (close === -1 || /^[!+M:]/.test(sql.slice(start + 2, start + 3))) return undefined;
  // only some databases nest comments
  return sql.slice(start + 2, close).includes('/*') ? undefined : close + 2;
}

function isUnclear(char: string, next: string): boolean {
  if (char === '$') return !/[0-9]/.test(next);
  if (char === '\r') return next !== '\n';
  return /[`#\\[\]{}]/.test(char);
}
