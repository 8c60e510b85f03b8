import type { RunnableConfig } from '@langchain/core/runnables';
import type { Json, Manifest, Person, Seat } from 'ringfence/spi';

/** How a call waits for a person: by LangGraph's `interrupt`, or for so many milliseconds. */
export type Review = 'interrupt' | { readonly waitMs: number };

export interface ReviewOptions {
  /** Default: the hypervisor's own wait, 30,000 ms, then a refusal that carries the ticket. */
  readonly review?: Review;
  /** Who resumes the graph; without it a resume answers nothing. */
  readonly approver?: (config: RunnableConfig) => Promise<Person>;
}

export interface ToolOptions extends ReviewOptions {
  /** What the tool does; without one it counts as an irreversible write. */
  readonly manifest?: Manifest;
  /** What rules call it: default `run`. A function gets the parsed arguments. */
  readonly action?: string | ((args: Json) => string);
  /** Who calls, and where. The config is LangChain's; arguments and messages are never asked. */
  readonly seat: (config: RunnableConfig) => Seat;
  /**
   * A refusal as message or as error. Default `auto`: a ToolMessage where a model's tool call is answered, a
   * `SupervisionError` elsewhere.
   */
  readonly deny?: 'auto' | 'message' | 'throw';
  /** Of a refusing ToolMessage. Default `error`; some models repeat what was an error. */
  readonly status?: 'error' | 'success';
}
