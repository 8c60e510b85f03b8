import type { Hypervisor } from '../core/hypervisor/api.ts';
import type { Inside } from '../core/hypervisor/assembly.ts';
import type { CallSummary } from '../core/model/decision.ts';
import { toText } from '../core/model/json.ts';
import { describeFault } from '../core/supervisors/judge/describe-fault.ts';
import type { Summarizer } from '../core/supervisors/judge/summary.ts';

/** What a model says of the calls that wait for a person. Nothing waits for it. */
export interface Summaries {
  find(approvalId: string): CallSummary | undefined;
  /** Asks for every approval that is opened from here on. */
  start(
    hypervisor: Pick<Hypervisor, 'events' | 'approvals'>,
    inside: Pick<Inside, 'emit' | 'factsOf'>,
  ): void;
  close(): Promise<void>;
}

/** Asked at once; more wait in line, as many as approvals may be open. */
const maxAtOnce = 4;
/** More than approvals may be open; the oldest go first. */
const maxKept = 10_000;

export function createSummaries(summarize: Summarizer): Summaries {
  const kept = new Map<string, CallSummary>();
  const asked = new Set<string>();
  const line: string[] = [];
  const running = new Set<Promise<void>>();
  const controller = new AbortController();
  let stopListening = (): void => undefined;

  const keep = (id: string, summary: CallSummary): void => {
    kept.set(id, summary);
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) return;
      kept.delete(oldest);
    }
  };
  return {
    find: (id) => kept.get(id),
    start({ events, approvals }, { emit, factsOf }) {
      const ask = async (approval: string): Promise<void> => {
        const pending = (await approvals.list()).find((each) => each.approvalId === approval);
        // answered meanwhile
        if (pending === undefined) return;
        const { call } = pending;
        const facts = { ...factsOf(call), signal: controller.signal };
        const said = await summarize({ call, facts });
        if (said.ok) {
          keep(approval, said.summary);
          emit('approval.summarized', { approval, model: said.summary.model });
        } else {
          emit('approval.unsummarized', { approval, reason: `${said.fault}: ${said.detail}` });
        }
      };
      const next = (): void => {
        while (running.size < maxAtOnce && !controller.signal.aborted) {
          const id = line.shift();
          if (id === undefined) return;
          const work: Promise<void> = ask(id)
            // the list could not be read: a person decides without it
            .catch((error: unknown) =>
              emit('approval.unsummarized', {
                approval: id,
                reason: describeFault('the approvals could not be read', error),
              }),
            )
            .finally(() => {
              running.delete(work);
              asked.delete(id);
              next();
            });
          running.add(work);
        }
      };
      stopListening = events.on('approval.opened', (event) => {
        const id = toText(event['approval']);
        // a later attempt of the same call takes its approval over, and the words stay true
        if (asked.has(id) || kept.has(id)) return;
        asked.add(id);
        line.push(id);
        next();
      });
    },
    async close() {
      stopListening();
      controller.abort();
      await Promise.all(running);
    },
  };
}
