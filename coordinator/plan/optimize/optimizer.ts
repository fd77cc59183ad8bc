/** The ordered list of rules and the one function that runs them, checks them and can leave them out by name. */
import { assert } from '../../../shared/base/assert.ts';
import type { LogicalPlan } from '../../../shared/plan/logical.ts';
import { printType } from '../../../shared/types/data-type.ts';
import { dropUnused } from './drop-unused.ts';
import { knownNew } from './known-new.ts';
import { knownValid } from './known-valid.ts';
import { pruneEntities } from './prune-entities.ts';
import { pruneTime } from './prune-time.ts';
import type { Rule } from './rule.ts';
import { shareColumns } from './share-columns.ts';
import { simplifyLogic } from './simplify-logic.ts';

export const RULES: readonly Rule[] = [
  // Logic first: it makes literals meet the rules that look for them, and equal columns equal.
  simplifyLogic,
  knownNew,
  knownValid,
  shareColumns,
  // The predicates of the smaller plan say what need not be read.
  pruneTime,
  pruneEntities,
  // Last: whatever the others orphaned.
  dropUnused,
];

/** A rule that has not settled after this many passes is a mistake of ours. */
const PASSES_MAX = 8;

export interface RuleStep {
  readonly rule: string;
  readonly plan: LogicalPlan;
}

export interface Optimized {
  readonly plan: LogicalPlan;
  /** The plan after each rule that changed it, for `explain`. */
  readonly steps: readonly RuleStep[];
}

/** Applies all rules but the disabled ones (`all` disables every one) until nothing changes. */
export function optimizePlan(plan: LogicalPlan, disabled: readonly string[] = []): Optimized {
  const rules = disabled.includes('all')
    ? []
    : RULES.filter((rule) => !disabled.includes(rule.name));
  const steps: RuleStep[] = [];
  let current = plan;
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const before = current;
    for (const rule of rules) {
      const next = rule.apply(current);
      if (next === current) continue;
      assertSameResult(rule, current, next);
      steps.push({ rule: rule.name, plan: next });
      current = next;
    }
    if (current === before) break;
  }
  return { plan: current, steps };
}

function assertSameResult(rule: Rule, before: LogicalPlan, after: LogicalPlan): void {
  const shape = ({ columns, domains, root }: LogicalPlan): string =>
    JSON.stringify([
      root.grouping,
      domains[root.domain]!.grouping,
      root.fields.map((field) => [field.name, printType(columns[field.column]!.type)]),
    ]);
  assert(shape(before) === shape(after), `optimizer: ${rule.name} changed what the plan gives`);
}
