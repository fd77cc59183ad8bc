/** Plans of queries over the tables of language.md, as text. */
import { buildPlan } from '../../../../coordinator/plan/logical/build.ts';
import { printPlan } from '../../../../coordinator/plan/logical/print.ts';
import type { Rule } from '../../../../coordinator/plan/optimize/rule.ts';
import type { DomainId, LogicalPlan } from '../../../../shared/plan/logical.ts';
import { TABLES, valid } from '../check/support.ts';

/** The plan of a query as it is built, before any rule. */
export function built(query: string): LogicalPlan {
  return buildPlan(valid(query), {
    tables: new Map(TABLES.map((table) => [table.name, table])),
    keyTypes: new Map(TABLES.map((table) => [table.grouping, table.keyType])),
  });
}

/** The lines of a plan, without those of columns that no line names. */
export function lines(plan: LogicalPlan): string[] {
  return printPlan(plan)
    .split('\n')
    .map((line) => line.trim());
}

export function applied(rule: Rule, query: string): LogicalPlan {
  return rule.apply(built(query));
}

export function domainOf(plan: LogicalPlan, op: string): DomainId {
  return plan.domains.findIndex((domain) => domain.op === op);
}
