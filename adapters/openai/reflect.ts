/** A function of foreign code: what it takes and gives is not known here. */
export type ForeignFunction = (...args: readonly unknown[]) => unknown;

export function isFunction(value: unknown): value is ForeignFunction {
  return typeof value === 'function';
}

/** A property of whatever it is; undefined where it cannot have any. */
export function read(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Reflect.get(value, key);
}

export function readText(value: unknown, key: string): string | undefined {
  const text = read(value, key);
  return typeof text === 'string' ? text : undefined;
}

/**
 * The object again with some properties replaced, each as visible as it was. By descriptors, since a spread loses
 * what openai's helpers hide (`$callback`, `$parseRaw`).
 */
export function cloneWith<T extends object>(
  original: T,
  replaced: { readonly [key: string]: unknown },
): T {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(original);
  for (const [key, value] of Object.entries(replaced)) {
    const { enumerable = true, configurable = true } = descriptors[key] ?? {};
    descriptors[key] = { value, enumerable, configurable, writable: configurable };
  }
  // `Object.create` is typed `any`: here is where a clone gets the type of its original
  const clone: T = Object.create(Object.getPrototypeOf(original), descriptors);
  return clone;
}

/** The list again, each element replaced by its clone: a tuple stays one for the compiler. */
export function cloneEach<T extends readonly object[]>(list: T, clone: (one: object) => object): T {
  // an empty list whose type the language leaves open
  const copy: T = JSON.parse('[]');
  list.forEach((one, at) => Reflect.set(copy, at, clone(one)));
  return copy;
}
