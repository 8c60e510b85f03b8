/** What stands between the record and a fair comparison: calls, but for the last. */
export interface RecordedCounts {
  /** In the window, decided by rules or after them. */
  calls: number;
  /** Their arguments were erased, or never reached the vault. */
  withoutArguments: number;
  /** Refused by a gate before any rule was asked; their arguments are not kept. */
  refusedBefore: number;
  /** Denied by something else after the rules, and what the rules said is not in the log. */
  deniedElsewhere: number;
  /** Of tools that neither the log nor a tools file describes: taken as undeclared. */
  undeclared: number;
  /** A rule asks what their record does not tell. */
  untold: number;
  /** Entries of calls that came back with an approval: they count as the first time. */
  redeemed: number;
  /** Filters had changed their arguments: they are compared as the filters left them. */
  rewritten: number;
  /** A judge decided otherwise than the rules by themselves, which are compared. */
  judged: number;
  /** Sessions whose past had to be forgotten. */
  forgotten: number;
}

/** Of a record of which nothing was read. */
export function newCounts(): RecordedCounts {
  return {
    calls: 0,
    withoutArguments: 0,
    refusedBefore: 0,
    deniedElsewhere: 0,
    undeclared: 0,
    untold: 0,
    redeemed: 0,
    rewritten: 0,
    judged: 0,
    forgotten: 0,
  };
}
