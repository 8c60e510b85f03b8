import { canonicalJson } from '../model/canonical-json.ts';
import { type Json, type JsonObject, isJsonObject } from '../model/json.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { Rollout } from './rollout.ts';

/** A rule that was edited and that is rolled out, before or after. */
export interface RolloutEdit {
  readonly from: CompiledRule;
  readonly to: CompiledRule;
  /** What removing the rule as it was would loosen, if it was enforced everywhere. */
  readonly removed: string | undefined;
  /** What adding the rule as it is now would loosen, if it is enforced everywhere. */
  readonly added: string | undefined;
  /** Whether the rule as it is now is at least as strict, rollouts left aside. */
  readonly isTighter: () => boolean;
}

/** Whether a list that the rule names before and after holds something else. */
export function isOtherList(from: CompiledRule, to: CompiledRule): boolean {
  const now = to.usedLists();
  return Object.entries(from.usedLists()).some(
    ([name, items]) =>
      Object.hasOwn(now, name) && canonicalJson(now[name] ?? null) !== canonicalJson(items),
  );
}

/** Enforced for nobody: coming and going changes no call. */
function isIdle(rule: CompiledRule): boolean {
  return rule.mode !== 'enforce' || rule.rollout?.percent === 0;
}

/** Why a candidate that is new can loosen; one that may only tighten is held to that at every call. */
export function isLooseToStart(rule: CompiledRule): string | undefined {
  if (rule.mode === 'enforce' && rule.may.length > 0) {
    return 'a candidate was added of which a judge reads, enforced or not';
  }
  return isLooseShare(rule);
}

function isLooseShare(rule: CompiledRule): string | undefined {
  if (isIdle(rule) || rule.rollout?.mayLoosen !== true) return undefined;
  return 'a candidate was added that may loosen';
}

/** Why calls can be treated more loosely once a candidate is gone. */
export function isLooseToStop(rule: CompiledRule): string | undefined {
  return isIdle(rule) ? undefined : 'a candidate was removed, and what it restricted with it';
}

/** Why an edit of a rule that is rolled out, before or after, can loosen. */
export function isLooseRollout(edit: RolloutEdit): string | undefined {
  const { from, to, removed, added, isTighter } = edit;
  if (to.rollout !== undefined && isReadOtherwise(from, to)) {
    return 'what a judge reads of the rule was changed';
  }
  if (isIdle(from) && to.rollout === undefined) return added;
  if (isIdle(from)) return from.mode === 'enforce' ? isLooseShare(to) : isLooseToStart(to);
  if (isIdle(to)) return from.rollout === undefined ? removed : isLooseToStop(from);
  // any edit lifts a way back that was taken, so there is none of such a candidate that is harmless
  if (from.rollout?.mayLoosen === true || to.rollout?.mayLoosen === true) {
    return 'the rule is, or was, a candidate that may loosen';
  }
  if (to.rollout === undefined) {
    return added ?? (restrictsAsMuch(edit) ? undefined : isLooseToStop(from));
  }
  if (from.rollout === undefined) {
    return removed === undefined ? undefined : 'the rule is enforced for a part of the calls only';
  }
  return looserShare(from.rollout, to.rollout, from.raw, to.raw) ?? looserBody(edit, isTighter);
}

/** Whether a candidate that only tightened is enforced everywhere, for all that it spoke of. */
function restrictsAsMuch({ from, to, isTighter }: RolloutEdit): boolean {
  if (from.rollout?.insteadOf !== undefined || isOtherList(from, to)) return false;
  return isSameBody(from, to) || isTighter();
}

function looserShare(
  from: Rollout,
  to: Rollout,
  before: JsonObject,
  after: JsonObject,
): string | undefined {
  if (to.percent < from.percent) return 'the candidate is enforced for a smaller part of the calls';
  if (to.by !== from.by) return 'the candidate is enforced for others than before';
  if (to.insteadOf !== from.insteadOf) return 'the candidate replaces another rule than before';
  if (to.back === undefined || backOf(before) === backOf(after)) return undefined;
  return 'what puts the candidate back was changed';
}

function looserBody({ from, to }: RolloutEdit, isTighter: () => boolean): string | undefined {
  if (isOtherList(from, to)) return 'a list that the rule names was changed';
  if (isSameBody(from, to) || isTighter()) return undefined;
  return 'it cannot be shown that the change only tightens';
}

function backOf({ rollout }: JsonObject): string {
  return canonicalJson((isJsonObject(rollout) ? rollout['back'] : undefined) ?? null);
}

const aside = new Set(['tests', 'metadata', 'description', 'rollout']);

function isSameBody(from: CompiledRule, to: CompiledRule): boolean {
  return textWithout(from, aside) === textWithout(to, aside);
}

/** All that a rule says but for some keys; a description counts where a judge reads it. */
export function textWithout(rule: CompiledRule, keys: ReadonlySet<string>): string {
  const { raw, endsMs } = rule;
  const kept = Object.entries(raw).filter(([key]) => !keys.has(key));
  const body: Json = Object.fromEntries(kept);
  return canonicalJson([body, Number.isFinite(endsMs) ? endsMs : null, judgePart(rule)]);
}

/** What a judge is given of a rule, and may make of it; null where none is asked. */
function judgePart({ raw, may }: CompiledRule): Json {
  return may.length === 0 ? null : [raw['llm'] ?? null, raw['description'] ?? null];
}

/** Whether a judge reads something else of the rule; of a candidate it does so too where that is not enforced. */
export function isReadOtherwise(from: CompiledRule, to: CompiledRule): boolean {
  return to.may.length > 0 && canonicalJson(judgePart(from)) !== canonicalJson(judgePart(to));
}
