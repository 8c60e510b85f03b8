import { SupervisionError } from 'ringfence/spi';

/**
 * A tool call that opens only in the hands of its tool. LangChain's tool node copies the call in the very expression
 * that invokes the tool; where a middleware further in has put another tool there, nobody asked ours for `invoke`,
 * the copy fails, and nothing runs.
 */
export interface SealedCall<C extends object, T extends object> {
  readonly call: C;
  readonly tool: T;
  /** The call reached the tool. */
  readonly wasOpened: boolean;
  /** Something else tried to copy it. */
  readonly wasTampered: boolean;
}

export function sealCall<C extends object, T extends object>(call: C, tool: T): SealedCall<C, T> {
  let isOpening = false;
  let wasOpened = false;
  let wasTampered = false;
  return {
    tool: new Proxy(tool, {
      get(target, key) {
        if (key === 'invoke') isOpening = true;
        return Reflect.get(target, key);
      },
    }),
    call: new Proxy(call, {
      ownKeys(target) {
        if (!isOpening) {
          wasTampered = true;
          throw new SupervisionError('TOOL_INVALID', notInnermost);
        }
        // for one call: what is copied later is copied by somebody else
        isOpening = false;
        wasOpened = true;
        return Reflect.ownKeys(target);
      },
    }),
    get wasOpened() {
      return wasOpened;
    },
    get wasTampered() {
      return wasTampered;
    },
  };
}

/** What to do about it. */
export const notInnermost =
  'a middleware inside the supervision replaces the tool, rewrites the call or answers in its place; put `supervisionMiddleware` last in `middleware`, where it is the innermost';
