import { createStateGate } from '../core/gates/state-gate.ts';
import type { Hypervisor } from '../core/hypervisor/api.ts';
import { markStateOnly } from '../core/hypervisor/judge.ts';
import type { Deny } from '../core/model/decision.ts';
import type { Gate } from '../core/model/extension.ts';
import { SupervisionError } from '../core/model/errors.ts';
import { canonicalName } from '../core/model/names.ts';
import type { ToolList } from './trace-tools.ts';

export interface NamesOptions {
  /** What there is; without a list every tool is registered as it comes, undeclared. */
  readonly tools: ToolList | undefined;
  /** Called once for names that are the same once canonical. */
  readonly onCollision: (spellings: readonly string[]) => void;
}

/** The tools of a recording. */
export interface RecordedNames {
  /** How many came undeclared. */
  readonly undeclared: number;
  /** Before a call of this tool. */
  meet(hypervisor: Hypervisor, name: string): void;
  /** Denies calls of names that collide. */
  readonly gate: Gate;
}

/** Registers tools when they are first called, and denies those whose names collide. */
export function createRecordedNames({ tools, onCollision }: NamesOptions): RecordedNames {
  const colliding = new Map(tools?.colliding);
  let undeclared = 0;

  const meetUndeclared = (hypervisor: Hypervisor, name: string): void => {
    const known = hypervisor.tools.find(name)?.definition.name;
    if (known === name) return;
    const canonical = findCanonical(name);
    if (canonical === undefined) return;
    if (known === undefined) {
      hypervisor.tools.register({ name, description: '' });
      undeclared += 1;
    } else if (!colliding.has(canonical)) {
      colliding.set(canonical, [known, name]);
      onCollision([known, name]);
    }
  };
  const meetListed = (hypervisor: Hypervisor, list: ToolList, name: string): void => {
    if (hypervisor.tools.find(name) !== undefined) return;
    const definition = list.tools.get(findCanonical(name) ?? '');
    if (definition !== undefined) hypervisor.tools.register(definition);
  };

  return {
    get undeclared() {
      return undeclared;
    },
    meet(hypervisor: Hypervisor, name: string): void {
      if (tools === undefined) meetUndeclared(hypervisor, name);
      else meetListed(hypervisor, tools, name);
    },
    gate: markStateOnly(
      createStateGate('names', ({ tool }) => {
        const spellings = colliding.get(tool);
        return spellings === undefined ? undefined : toCollision(tool, spellings);
      }),
    ),
  };
}

function toCollision(tool: string, spellings: readonly string[]): Deny {
  const names = spellings.map((name) => `\`${name}\``).join(' and ');
  const reason = `tools ${names} have the same canonical name \`${tool}\`; rename one`;
  return { verdict: 'deny', by: 'names', code: 'NAME_COLLISION', reason };
}

/** Undefined for what cannot name a tool: the pipeline says why. */
function findCanonical(name: string): string | undefined {
  try {
    return canonicalName('tool', name);
  } catch (error) {
    if (error instanceof SupervisionError) return undefined;
    throw error;
  }
}
