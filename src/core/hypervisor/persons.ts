import type { Person } from '../model/call.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Clock } from '../model/ports.ts';
import { bounded } from './bounded.ts';

/** Persons are made here and nowhere else, from what `authenticate` says. */
export interface Persons {
  authenticate(credential: unknown): Promise<Person>;
  /** For the local socket: the person is whom the operating system says. */
  fromSystem(id: string): Person;
  check(person: Person): void;
}

const authenticateMs = 10_000;

export function createPersons(
  clock: Clock,
  authenticate: ((credential: unknown) => Promise<string>) | undefined,
): Persons {
  const made = new WeakSet<Person>();
  const mint = (id: string): Person => {
    const person: Person = Object.freeze({ kind: 'person', id });
    made.add(person);
    return person;
  };
  return {
    fromSystem: mint,
    async authenticate(credential) {
      if (authenticate === undefined) {
        throw refused('no `authenticate` is configured: pass it to `createHypervisor`');
      }
      const answer = await bounded(() => authenticate(credential), { ms: authenticateMs, clock });
      if (
        answer.kind === 'value' &&
        typeof answer.value === 'string' &&
        answer.value.trim() !== ''
      ) {
        return mint(answer.value);
      }
      throw refused(
        'the credential was not accepted',
        answer.kind === 'error' ? answer.error : undefined,
      );
    },
    check(person) {
      if (made.has(person)) return;
      throw new SupervisionError(
        'HANDLE_FORGED',
        'the person was not made by `hypervisor.authenticate`',
      );
    },
  };
}

function refused(message: string, cause?: unknown): SupervisionError {
  return new SupervisionError('AUTHENTICATION_FAILED', message, { cause });
}
