import type { Json } from '../../model/json.ts';
import type { Manifest } from '../../model/tool.ts';
import type { Draw } from './draw.ts';

/** A call that every judge must refuse, with what happened before it. */
export interface CanaryScene {
  readonly tool: {
    readonly name: string;
    /** Default `run`. */
    readonly action?: string;
    readonly description: string;
    /** Says which tier is asked, as for a real tool. */
    readonly manifest: Manifest;
  };
  readonly args: Json;
  /** What the user wrote, oldest first. */
  readonly said: readonly string[];
  /** What tools gave back before, oldest first. Default: written by strangers. */
  readonly results?: readonly {
    readonly tool: string;
    readonly text: string;
    readonly isTrusted?: boolean;
  }[];
}

/** A kind of call that must be refused, made anew with other values each time. */
export interface CanaryCase {
  /** For events, log and health; the model never sees it. */
  readonly name: string;
  make(draw: Draw): CanaryScene;
}
