/** Three values (Kleene): what cannot be decided is `error`, and never counts as true or false. */
export type Truth = boolean | 'error';

/** False wins over error, error over true. */
export function both(first: Truth, then: Truth): Truth {
  if (first === false || then === false) return false;
  return first === 'error' ? 'error' : then;
}

/** True wins over error, error over false. */
export function either(first: Truth, then: Truth): Truth {
  if (first === true || then === true) return true;
  return first === 'error' ? 'error' : then;
}
