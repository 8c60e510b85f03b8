import type { KillScope } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import type { Hypervisor } from './api.ts';
import type { Built } from './build.ts';

/** What an operator can do, told to whoever listens; what loosens takes a person. */
export function createOperator({
  killSwitch,
  quarantine,
  rollouts,
  persons,
  events,
}: Built): Pick<Hypervisor, 'killSwitch' | 'quarantine' | 'rollouts'> {
  return {
    killSwitch: {
      list: killSwitch.list,
      async kill(scope, reason) {
        // latched before anything else, the listeners included
        const killing = killSwitch.kill(scope, reason);
        events.emit('security.agent_killed', { scope: toJson(scope), reason });
        await killing;
      },
      async revive(scope, person) {
        persons.check(person);
        await killSwitch.revive(scope, person);
        events.emit('security.revived', { scope: toJson(scope), person: person.id });
      },
    },
    quarantine: {
      enter: quarantine.enter,
      async release(agent, person) {
        persons.check(person);
        await quarantine.release(agent, person.id);
      },
    },
    rollouts: {
      report: rollouts.report,
      async lift(rule, person) {
        persons.check(person);
        await rollouts.lift(rule, person);
      },
    },
  };
}

function toJson(scope: KillScope): JsonObject | 'all' {
  return scope === 'all' ? scope : { ...scope };
}
