/** What every adapter marks a supervised tool with, so that it is supervised once. */
const brand = Symbol.for('ringfence.supervised');

const originals = new WeakMap<object, object>();

/** Marks a clone, and remembers what it is a clone of; the way back is open to this module only. */
export function markSupervised(clone: object, original: object): object {
  originals.set(clone, original);
  return Object.defineProperty(clone, brand, { value: true });
}

export function isSupervised(tool: object): boolean {
  return Reflect.get(tool, brand) === true;
}

/** What a supervised tool was made of, so that another way through the guard does not supervise it twice. */
export function originalOf(tool: object): object {
  return originals.get(tool) ?? tool;
}
