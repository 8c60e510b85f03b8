/** What a pattern says of something that may hold unknown pieces. */
export type Likeness = 'yes' | 'no' | 'maybe';

/** What is known no better where something before it is open. */
export function maybe(like: Likeness): Likeness {
  return like === 'no' ? 'no' : 'maybe';
}

/** Whether both hold. */
export function and(one: Likeness, other: Likeness): Likeness {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'maybe' ? one : other;
}

/** Whether one of them holds. */
export function or(one: Likeness, other: Likeness): Likeness {
  if (one === 'yes' || other === 'yes') return 'yes';
  return one === 'maybe' ? one : other;
}
