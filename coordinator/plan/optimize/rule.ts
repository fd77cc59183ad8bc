/** A rewrite of a logical plan. Correct without any rule; smaller or faster with it. */
import type { LogicalPlan } from '../../../shared/plan/logical.ts';

export interface Rule {
  readonly name: string;
  /** Returns the same object where nothing changes. */
  readonly apply: (plan: LogicalPlan) => LogicalPlan;
}
