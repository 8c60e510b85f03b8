/** What answering the questions of one call may still cost; what is asked beyond it is answered as strictly as can be. */
export interface Work {
  left: number;
}

/** Looks of some twenty nanoseconds: a tenth of a second, more or less. */
const maxWork = 4_000_000;
/** Units of a text that are searched through in the time of one look. */
const charsPerLook = 32;

export function createWork(looks = maxWork): Work {
  return { left: looks };
}

/** Charged for one look and for searching so many UTF-16 units. */
export function spend(work: Work, chars: number): void {
  work.left -= 1 + chars / charsPerLook;
}
