import { SupervisionError } from 'ringfence/spi';

/** What stands in for members of the raw tool. */
export type Replaced = ReadonlyMap<PropertyKey, () => unknown>;

/**
 * The tool itself in all but the replaced members. Methods run on the proxy, so that the way from any of them to
 * the tool leads through the replaced ones; only methods that read private fields, which a proxy has not, run on
 * the tool.
 */
export function createToolProxy<T extends object>(tool: T, name: string, replaced: Replaced): T {
  return new Proxy(tool, {
    get(target, key) {
      const replacement = replaced.get(key);
      if (replacement !== undefined) return replacement();
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') return value;
      if (!readsPrivateFields(value)) return value;
      if (runsTheTool(value)) throw unsupervisable(name, key);
      return (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
    has: (target, key) => replaced.has(key) || Reflect.has(target, key),
    getOwnPropertyDescriptor(target, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      const replacement = replaced.get(key);
      if (descriptor === undefined || replacement === undefined) return descriptor;
      return {
        configurable: descriptor.configurable ?? false,
        enumerable: descriptor.enumerable ?? false,
        writable: true,
        value: replacement(),
      };
    },
  });
}

const known = new WeakMap<object, boolean>();

/** By its source, since nothing else tells: a name behind `#`. */
function readsPrivateFields(method: object): boolean {
  const told = known.get(method);
  if (told !== undefined) return told;
  const reads = /#[A-Za-z_$]/.test(Function.prototype.toString.call(method));
  known.set(method, reads);
  return reads;
}

const running =
  /\b(?:this|super)\s*(?:\?\.|\.|\[)\s*['"`]?(?:invoke|call|_call|func|batch|stream|transform|pipe|bound)/;

function runsTheTool(method: object): boolean {
  return running.test(Function.prototype.toString.call(method));
}

function unsupervisable(name: string, key: PropertyKey): SupervisionError {
  return new SupervisionError(
    'TOOL_INVALID',
    `tool \`${name}\`: its method \`${String(key)}\` reads private fields and runs the tool, which no wrapper can supervise; keep the two apart, or use \`protected\` fields`,
  );
}
