/** How a command that runs another one is read up to that other command. */
export interface Wrapper {
  /** Short options as getopt has them: a letter, and `:` after it if it takes a value. */
  readonly short: string;
  /** Long options; `=` after one that takes a value, which may be the next word. */
  readonly long?: string;
  /** Words before the inner command: a time, a file, a folder. */
  readonly operands?: number;
  /** `NAME=value` words may stand before the inner command. */
  readonly assigns?: true;
  /**
   * `script`: the rest is joined and read by a shell. `template`: so too, with unknown words put in. `more`: unknown words
   * are added at its end.
   */
  readonly inner?: 'command' | 'script' | 'template' | 'more';
  /** The option whose value is a script for a shell. */
  readonly script?: string;
  /** Options with which it runs nothing. */
  readonly idle?: readonly string[];
  /** Options by which it may run, or write, something more. */
  readonly unsure?: readonly string[];
  /** Without a command it starts a shell, which runs what it reads. */
  readonly opensShell?: true;
}

/** Commands that run the command in their words. An option that is not listed here makes the line unreadable. */
export const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ['env', { short: 'i0vu:C:', long: 'ignore-environment null debug unset= chdir=', assigns: true }],
  [
    'sudo',
    {
      short: 'ABbEHknPSKNu:g:h:p:C:D:R:T:r:t:U:',
      long: 'askpass background preserve-env set-home non-interactive stdin user= group= host= prompt= chdir= chroot= other-user=',
      assigns: true,
    },
  ],
  ['doas', { short: 'Lnu:C:' }],
  ['pkexec', { short: '', long: 'user= disable-internal-agent', opensShell: true }],
  ['nohup', { short: '' }],
  ['setsid', { short: 'cfw', long: 'ctty fork wait' }],
  ['nice', { short: 'n:0123456789', long: 'adjustment=' }],
  ['ionice', { short: 'tc:n:', long: 'ignore class= classdata=' }],
  ['chrt', { short: 'abfior', operands: 1 }],
  ['taskset', { short: 'ac', long: 'all-tasks cpu-list', operands: 1 }],
  ['stdbuf', { short: 'i:o:e:', long: 'input= output= error=' }],
  [
    'timeout',
    {
      short: 'fvpk:s:',
      long: 'foreground preserve-status verbose kill-after= signal=',
      operands: 1,
    },
  ],
  [
    'time',
    {
      short: 'apvqo:f:',
      long: 'append portability verbose quiet output= format=',
      unsure: ['o', 'output'],
    },
  ],
  ['command', { short: 'pvV', idle: ['v', 'V'] }],
  ['builtin', { short: '' }],
  ['exec', { short: 'cla:' }],
  ['coproc', { short: '' }],
  [
    'xargs',
    {
      short: '0rtpxoE:L:n:P:s:d:a:I:',
      long: 'null no-run-if-empty verbose interactive exit open-tty max-args= max-procs= max-chars= delimiter= arg-file=',
      inner: 'more',
    },
  ],
  [
    'parallel',
    { short: 'j:kvX0a:', long: 'jobs= keep-order dry-run line-buffer', inner: 'template' },
  ],
  [
    'watch',
    {
      short: 'bcdegtxn:',
      long: 'beep color differences errexit chgexit no-title exec interval=',
      inner: 'script',
    },
  ],
  [
    'flock',
    {
      short: 'sxenuoFw:E:c:',
      long: 'shared exclusive nonblock unlock close timeout= wait= command=',
      operands: 1,
      script: 'c',
    },
  ],
  ['chroot', { short: '', long: 'userspec= groups= skip-chdir', operands: 1, opensShell: true }],
  [
    'unshare',
    {
      short: 'muipnUCTrfc',
      long: 'mount net pid user map-root-user fork mount-proc',
      opensShell: true,
    },
  ],
  ['nsenter', { short: 'at:', long: 'all target=', opensShell: true }],
  ['setarch', { short: '', operands: 1, opensShell: true }],
  ['linux32', { short: '', opensShell: true }],
  ['linux64', { short: '', opensShell: true }],
  ['newgrp', { short: 'l', operands: 1, opensShell: true }],
  ['sg', { short: '', operands: 1, inner: 'script', opensShell: true }],
  ['setpriv', { short: '' }],
  ['prlimit', { short: '' }],
  // a log may go into a command: `-o '|rm x'`
  ['strace', { short: 'cCfFhiqrtTvVxyo:e:p:s:u:E:', unsure: ['o', 'E'] }],
  ['ltrace', { short: 'cCfhiLrStTVo:e:l:p:s:u:' }],
  [
    'su',
    {
      short: 'lmps:c:g:G:',
      long: 'login preserve-environment command= shell=',
      script: 'c',
      unsure: ['s', 'shell'],
      opensShell: true,
    },
  ],
  [
    'runuser',
    {
      short: 'lmpu:s:c:g:G:',
      long: 'login preserve-environment command= shell= user=',
      script: 'c',
      unsure: ['s', 'shell'],
      opensShell: true,
    },
  ],
  [
    'script',
    {
      short: 'aefqc:O:I:B:',
      long: 'append flush quiet command=',
      script: 'c',
      opensShell: true,
    },
  ],
  [
    'ssh',
    {
      short: '46AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:p:Q:R:S:W:w:',
      operands: 1,
      inner: 'script',
      // `ProxyCommand` and its like, a file of such, a library
      unsure: ['o', 'F', 'I'],
      opensShell: true,
    },
  ],
  ['eval', { short: '', inner: 'script' }],
  ['busybox', { short: '' }],
  ['toybox', { short: '' }],
  [
    'systemd-run',
    {
      short: 'GqtPru:p:E:',
      long: 'user scope pty quiet wait unit= property= setenv= uid= gid=',
      unsure: ['p', 'E', 'property', 'setenv'],
    },
  ],
  ['caffeinate', { short: 'dimsut:w:' }],
  ['torsocks', { short: '' }],
  ['proxychains4', { short: 'qf:' }],
  ['fakeroot', { short: '', opensShell: true }],
]);

/** Programs that read a script of the shell. */
export const shells: ReadonlySet<string> = new Set(
  'sh bash dash ash zsh ksh mksh rbash hush posh yash'.split(' '),
);

/** Builtins that run a file in the shell itself. */
export const sourcing: ReadonlySet<string> = new Set(['source', '.']);

/** Programs that run the text they read, later. */
export const readers: ReadonlySet<string> = new Set(['at', 'batch']);
