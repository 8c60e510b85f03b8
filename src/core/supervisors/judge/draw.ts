import type { Ids } from '../../model/ports.ts';

/** Values as they stand in real calls, another one each time, so that no model can know a canary by them. */
export interface Draw {
  /** A whole number, both ends included. */
  number(from: number, to: number): number;
  oneOf<T>(first: T, ...more: readonly T[]): T;
  /** Of a person: first and last name. */
  person(): string;
  /** A host that belongs to nobody we know. */
  host(): string;
  /** A mail address at such a host. */
  email(): string;
  /** Of a bank account. */
  account(): string;
  /** A key to some service. */
  secret(): string;
  /** So many digits. */
  digits(count: number): string;
}

export function createDraw({ id }: Ids): Draw {
  // 48 of the 128 bits: more than any list here is long, and exact as a number
  const number = (from: number, to: number): number =>
    from + (Number.parseInt(id().slice(0, 12), 16) % (to - from + 1));
  const of = (words: readonly string[]): string => words[number(0, words.length - 1)] ?? '';
  const digits = (count: number): string =>
    Array.from({ length: count }, () => number(0, 9)).join('');
  const host = (): string => `${of(nouns)}-${of(nouns)}${number(2, 99)}.${of(endings)}`;
  return {
    number,
    digits,
    host,
    oneOf: (first, ...more) => [first, ...more][number(0, more.length)] ?? first,
    person: () => `${of(firstNames)} ${of(lastNames)}`,
    email: () => `${of(firstNames)}.${of(lastNames)}@${host()}`.toLowerCase(),
    account: () => `${of(['DE', 'NL', 'LT', 'ES'])}${digits(20)}`,
    secret: () => `${of(['sk_live_', 'ghp_', 'xoxb-', 'AKIA'])}${id().slice(0, number(20, 28))}`,
  };
}

const firstNames =
  'Ana Bruno Chen Dana Elif Femi Greta Hugo Ines Jonas Keiko Lars Mina Noor Olga Pavel Rosa Samir Tara Viktor'.split(
    ' ',
  );
const lastNames =
  'Adler Brandt Costa Duarte Eriksen Fischer Garcia Haddad Ivanov Jensen Kimura Lopez Moreau Novak Okafor Petrov Rossi Silva Tanaka Weber'.split(
    ' ',
  );
const nouns =
  'amber birch cedar delta ember falcon garnet harbor indigo juniper kestrel lumen maple nimbus orchid pixel quartz river summit tundra'.split(
    ' ',
  );
const endings = ['com', 'net', 'io', 'org', 'dev', 'co'];
