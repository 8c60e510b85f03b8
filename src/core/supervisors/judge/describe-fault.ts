import { SupervisionError } from '../../model/errors.ts';

/** For events: our own words and a code, since what a driver says of its failure may hold addresses and passwords. */
export function describeFault(what: string, error: unknown): string {
  return error instanceof SupervisionError ? `${what} (${error.code})` : what;
}
