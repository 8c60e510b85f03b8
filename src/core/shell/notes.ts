/**
 * What is not sure about a command line, beside the commands that were taken from it. `hides`: more may run. `computes`: it
 * hands the value of a variable to what runs a substitution in it, as arithmetic does with `a[$(…)]`. `sets`: a variable
 * may hold such a value. `opens_shell`: a shell is started that reads its script. `feeds`: something is given to read.
 */
export type Note = 'hides' | 'computes' | 'sets' | 'opens_shell' | 'feeds';

/** Whether more may run than the commands that were taken. */
export function isOpen(notes: ReadonlySet<Note>): boolean {
  if (notes.has('hides') || (notes.has('computes') && notes.has('sets'))) return true;
  return notes.has('opens_shell') && notes.has('feeds');
}
