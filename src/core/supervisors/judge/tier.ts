import type { ToolCall } from '../../model/call.ts';
import type { NamedCalls } from '../../model/named-calls.ts';
import { isIrreversible, undeclaredManifest, type Manifest } from '../../model/tool.ts';
import type { Tier } from './calibration.ts';

/** Calls that the operator holds for riskier than their manifests say; nothing makes one less risky. */
export interface AtLeast {
  readonly medium: NamedCalls;
  readonly high: NamedCalls;
}

/** How much is at stake: from what the host declared of the tool, and from what the operator says of the call. */
export function tierOf(
  manifest: Manifest = undeclaredManifest,
  call?: Pick<ToolCall, 'tool' | 'action'>,
  atLeast?: AtLeast,
): Tier {
  const declared = declaredTier(manifest);
  if (call === undefined || atLeast === undefined) return declared;
  if (declared === 'high' || atLeast.high.has(call)) return 'high';
  return atLeast.medium.has(call) ? 'medium' : declared;
}

function declaredTier(manifest: Manifest): Tier {
  if (manifest.effect === 'admin' || isIrreversible(manifest)) return 'high';
  if (manifest.effect === 'write') return manifest.external === true ? 'high' : 'medium';
  return manifest.external === true ? 'medium' : 'low';
}
