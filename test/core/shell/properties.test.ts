import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCommand } from '../../../src/core/rules/command.ts';
import { readCommand } from '../../../src/core/shell/read-command.ts';

const allow = compileCommand(['ls *', 'echo *', 'cat *', 'timeout *', 'bash *'], 'allow');
const deny = compileCommand(['rm *', 'git ** push *'], 'deny');

/** Pieces from which texts near to commands are made. */
const piece = fc.constantFrom(
  ..."ls|echo|rm|cat|git|push|bash|-c|timeout|5|x|$x|\"|'|`|$(|)|(|{|}|;|&&|||\n| |<|>|<<E|E|#|\\|*|if|then|fi|for|in|do|done|case|esac|[[|]]|((|))|${|:-|=|$'|!|&|~|..|/".split(
    '|',
  ),
  '|',
  '||',
);
const nearCommand = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(' '));
const gluedCommand = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
const anyText = fc.oneof(
  nearCommand,
  gluedCommand,
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
);

const withRemoval = fc.oneof(
  anyText.map((text) => `rm x; ${text}`),
  anyText.map((text) => `${text}\nrm x`),
  anyText,
);

const plainLetters = fc.string({
  unit: fc.constantFrom(...'abcrms-._/:,+%'.split('')),
  minLength: 1,
  maxLength: 8,
});

/** A word in one of the many ways to quote it. */
const quotings: readonly ((letter: string) => string)[] = [
  (letter) => letter,
  (letter) => `\\${letter}`,
  (letter) => `'${letter}'`,
  (letter) => `"${letter}"`,
  (letter) => `$'\\x${letter.charCodeAt(0).toString(16)}'`,
  (letter) => `$'\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}'`,
  (letter) => `''${letter}`,
  (letter) => `\\\n${letter}`,
];
export const quoted = fc
  .array(
    fc.tuple(plainLetters, fc.array(fc.nat(quotings.length - 1), { minLength: 8, maxLength: 8 })),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((words) => ({
    words: words.map(([word]) => word),
    text: words
      .map(([word, ways]) =>
        word
          .split('')
          .map((letter, index) => quotings[ways[index] ?? 0]?.(letter) ?? letter)
          .join(''),
      )
      .join(' '),
  }));

describe('reading a command', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.array(anyText), fc.constant(null), fc.double()), (value) => {
        const { parts, isPartial } = readCommand(
          typeof value === 'string' ? value : (value ?? null),
        );
        expect(Array.isArray(parts)).toBe(true);
        expect(typeof isPartial).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });

  it('what is appended never makes an approval of what was none', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('ls', 'rm x', 'zzz', 'echo a b'), (text, more) => {
        const { parts, isPartial } = readCommand(text);
        // what runs nothing (`!`, a comment) is not approved, and harms nobody in front of what is
        fc.pre(allow(text) !== true && (parts.length > 0 || isPartial));
        expect(allow(`${text}; ${more}`)).not.toBe(true);
      }),
      { numRuns: 800 },
    );
  });

  it('what is appended never takes a match from a rule that restricts', () => {
    fc.assert(
      fc.property(withRemoval, fc.constantFrom('ls', 'rm x', 'zzz', 'echo a b'), (text, more) => {
        fc.pre(deny(text) === true);
        expect(deny(`${text}; ${more}`)).not.toBe(false);
      }),
      { numRuns: 800 },
    );
  });

  it('what is put in front hides nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('env ', 'sudo -n ', 'X=1 ', 'nohup ', 'ls | ', 'ls;', '! ', 'time '),
        quoted,
        (front, { text }) => {
          const rule = compileCommand('rm *', 'deny');
          expect(rule(`${front}rm ${text}`)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the same words however they are quoted', () => {
    fc.assert(
      fc.property(quoted, ({ words, text }) => {
        const { parts, isPartial } = readCommand(`echo ${text}`);
        expect(isPartial).toBe(false);
        expect(parts.map((part) => part.words.map((word) => word.text))).toEqual([
          ['echo', ...words],
        ]);
      }),
      { numRuns: 1000 },
    );
  });
});
