/**
 * Cuts a logical plan into stages where the entity key changes (`with_key`, `lookup`), and after bounds that only data
 * can tell. A stage with one sink is made per exchange, then stages that read the same exchanges and the same key space
 * are joined, so that common scans run once.
 */
import { assert } from '../../../shared/base/assert.ts';
import type { ColumnId, DomainId, LogicalPlan } from '../../../shared/plan/logical.ts';
import type { Exchange, ExchangeId, Sink, Stage, StagePlan } from '../../../shared/plan/stage.ts';
import { columnInputs, reachableNodes } from '../../../shared/plan/walk.ts';

export interface LowerOptions {
  readonly results: 'history' | 'final';
  /** Whether the time of a final result is given (`final_at`), so that it needs no bounds. */
  readonly finalAt: boolean;
  /** Whether the bounds of a domain follow from what is known before the run. */
  readonly hasStaticBounds: (domain: DomainId) => boolean;
  /** Columns whose values all cells get, so that lookups of them need no requests (broadcast.ts). */
  readonly broadcasts: ReadonlySet<ColumnId>;
}

interface Draft {
  readonly sinks: Sink[];
  readonly reads: ExchangeId[];
  readonly bounds: DomainId[];
  readonly scans: Map<DomainId, Set<string>>;
  readonly grouping: string;
  /** Cells of two stages line up only if the same chain of exchanges led to their key space. */
  readonly space: string;
}

export function lowerPlan(plan: LogicalPlan, options: LowerOptions): StagePlan {
  return new Lowering(plan, options).run();
}

class Lowering {
  readonly #plan: LogicalPlan;
  readonly #options: LowerOptions;
  readonly #exchanges: Exchange[] = [];
  readonly #exchangeIds = new Map<string, ExchangeId>();
  readonly #drafts: Draft[] = [];
  readonly #producerDraft: number[] = [];
  readonly #boundsDraft = new Map<DomainId, number>();
  readonly #carried: ReadonlyMap<DomainId, readonly ColumnId[]>;

  constructor(plan: LogicalPlan, options: LowerOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#carried = carriedColumns(plan);
  }

  run(): StagePlan {
    const { root } = this.#plan;
    const columns = root.fields.map((field) => field.column);
    if (this.#options.results === 'final' && root.isNew !== null) columns.push(root.isNew);
    const final = this.#options.results === 'final' && !this.#options.finalAt;
    this.#draft({ kind: 'result' }, root.domain, columns, [], final ? [root.domain] : []);
    return this.#finish();
  }

  /** Makes (or joins) the stage of a sink that needs `domain` and `columns` of it; returns its draft number. */
  #draft(
    sink: Sink,
    domain: DomainId,
    columns: readonly ColumnId[],
    alsoReads: readonly ExchangeId[],
    alsoBounds: readonly DomainId[],
  ): number {
    const nodes = reachableNodes(this.#plan, [domain], columns, (lookup) =>
      this.#isBroadcast(lookup),
    );
    const reads = new Set<ExchangeId>(alsoReads);
    const bounds = new Set<DomainId>();
    for (const id of alsoBounds) this.#needBounds(id, bounds);
    const scans = new Map<DomainId, Set<string>>();
    for (const id of nodes.domains) {
      const node = this.#plan.domains[id]!;
      if (node.op === 'scan') scans.set(id, scans.get(id) ?? new Set());
      if (node.op === 'tick') this.#needBounds(node.input, bounds);
      if (node.op === 'with-key') reads.add(this.#rekey(id));
    }
    for (const id of nodes.columns) {
      const node = this.#plan.columns[id]!;
      if (node.op === 'scan-column') {
        const names = scans.get(node.domain);
        assert(names !== undefined, 'lower: a scan column belongs to a reached scan');
        names.add(node.column);
      }
      if (node.op === 'lookup') {
        reads.add(this.#isBroadcast(id) ? this.#broadcast(id) : this.#response(id));
      }
    }
    const sortedReads = [...reads].toSorted((left, right) => left - right);
    const sortedBounds = [...bounds].toSorted((left, right) => left - right);
    const { grouping } = this.#plan.domains[domain]!;
    const space = `${grouping} ${sortedReads.join(',')} ${sortedBounds.join(',')}`;
    const same = this.#drafts.findIndex((draft) => draft.space === space);
    const at = same >= 0 ? same : this.#drafts.length;
    if (same < 0) {
      this.#drafts.push({
        sinks: [],
        reads: sortedReads,
        bounds: sortedBounds,
        scans: new Map(),
        grouping,
        space,
      });
    }
    const draft = this.#drafts[at]!;
    draft.sinks.push(sink);
    for (const [scan, names] of scans) {
      const known = draft.scans.get(scan) ?? new Set<string>();
      for (const name of names) known.add(name);
      draft.scans.set(scan, known);
    }
    return at;
  }

  #rekey(domain: DomainId): ExchangeId {
    return this.#exchange(`rekey ${domain}`, () => {
      const node = this.#plan.domains[domain]!;
      assert(node.op === 'with-key', 'lower: a rekey belongs to a with-key');
      const columns = this.#carried.get(domain) ?? [];
      return {
        exchange: { kind: 'rekey', domain, columns },
        draft: (id) =>
          this.#draft(
            { kind: 'exchange', exchange: id },
            node.input,
            [node.key, ...columns],
            [],
            [],
          ),
      };
    });
  }

  #isBroadcast(lookup: ColumnId): boolean {
    const node = this.#plan.columns[lookup]!;
    return node.op === 'lookup' && this.#options.broadcasts.has(node.value);
  }

  #broadcast(lookup: ColumnId): ExchangeId {
    const node = this.#plan.columns[lookup]!;
    assert(node.op === 'lookup', 'lower: a broadcast belongs to lookups');
    const { value, continuous } = node;
    return this.#exchange(`broadcast ${value} ${continuous}`, () => ({
      exchange: { kind: 'broadcast', value, continuous },
      draft: (id) =>
        this.#draft(
          { kind: 'exchange', exchange: id },
          this.#plan.columns[value]!.domain,
          [value],
          [],
          [],
        ),
    }));
  }

  #response(lookup: ColumnId): ExchangeId {
    const node = this.#plan.columns[lookup]!;
    assert(node.op === 'lookup', 'lower: a response belongs to a lookup');
    const request = this.#exchange(`request ${lookup}`, () => ({
      exchange: { kind: 'request', lookup },
      draft: (id) =>
        this.#draft({ kind: 'exchange', exchange: id }, node.domain, [node.key], [], []),
    }));
    return this.#exchange(`response ${lookup}`, () => ({
      exchange: { kind: 'response', lookup },
      draft: (id) =>
        this.#draft(
          { kind: 'exchange', exchange: id },
          this.#plan.columns[node.value]!.domain,
          [node.value],
          [request],
          [],
        ),
    }));
  }

  #exchange(
    key: string,
    make: () => { exchange: Exchange; draft: (id: ExchangeId) => number },
  ): ExchangeId {
    const known = this.#exchangeIds.get(key);
    if (known !== undefined) return known;
    const { exchange, draft } = make();
    const id = this.#exchanges.length;
    this.#exchanges.push(exchange);
    this.#exchangeIds.set(key, id);
    this.#producerDraft[id] = -1;
    this.#producerDraft[id] = draft(id);
    return id;
  }

  /** Notes that a stage needs the bounds of a domain, and makes the stage that finds them where they are not static. */
  #needBounds(domain: DomainId, into: Set<DomainId>): void {
    into.add(domain);
    if (this.#options.hasStaticBounds(domain)) return;
    for (const source of this.#boundsSources(domain)) {
      if (this.#boundsDraft.has(source)) continue;
      this.#boundsDraft.set(source, -1);
      this.#boundsDraft.set(
        source,
        this.#draft({ kind: 'bounds', domain: source }, source, [], [], []),
      );
    }
  }

  /** The domains whose data decide the bounds of `domain`: shifts, and scans that are cut (partitioning.md, R6). */
  #boundsSources(domain: DomainId): readonly DomainId[] {
    if (this.#options.hasStaticBounds(domain)) return [];
    const node = this.#plan.domains[domain]!;
    switch (node.op) {
      case 'scan':
      case 'shift-to':
      case 'shift-until':
        return [domain];
      case 'union':
        return node.inputs.flatMap((input) => this.#boundsSources(input));
      default:
        return this.#boundsSources(node.input);
    }
  }

  /** Numbers the stages so that each stands after those it depends on. */
  #finish(): StagePlan {
    const boundsOf = (draft: Draft): number[] =>
      draft.bounds
        .flatMap((domain) => this.#boundsSources(domain))
        .map((domain) => this.#boundsDraft.get(domain)!);
    const order: number[] = [];
    const numberOf = new Map<number, number>();
    const visit = (at: number): void => {
      if (numberOf.has(at)) return;
      const draft = this.#drafts[at]!;
      for (const id of draft.reads) visit(this.#producerDraft[id]!);
      for (const id of boundsOf(draft)) visit(id);
      numberOf.set(at, order.length);
      order.push(at);
    };
    for (let at = 0; at < this.#drafts.length; at++) visit(at);
    const stages = order.map((at, id): Stage => {
      const draft = this.#drafts[at]!;
      const before = [...draft.reads.map((read) => this.#producerDraft[read]!), ...boundsOf(draft)];
      return {
        id,
        grouping: draft.grouping,
        sinks: draft.sinks,
        reads: draft.reads,
        dependsOn: [...new Set(before.map((draftId) => numberOf.get(draftId)!))].toSorted(
          (left, right) => left - right,
        ),
        scans: [...draft.scans].map(([domain, columns]) => ({
          domain,
          columns: [...columns].toSorted(),
        })),
        bounds: draft.bounds,
      };
    });
    return {
      logical: this.#plan,
      exchanges: this.#exchanges,
      stages,
      producers: this.#producerDraft.map((draft) => numberOf.get(draft)!),
    };
  }
}

/** For every with-key domain, the columns of its input that carry nodes bring along. */
function carriedColumns(plan: LogicalPlan): ReadonlyMap<DomainId, readonly ColumnId[]> {
  const byDomain = new Map<DomainId, Set<ColumnId>>();
  for (const node of plan.columns) {
    if (node.op !== 'carry' || plan.domains[node.domain]!.op !== 'with-key') continue;
    const inputs = byDomain.get(node.domain) ?? new Set<ColumnId>();
    for (const input of columnInputs(node)) inputs.add(input);
    byDomain.set(node.domain, inputs);
  }
  return new Map(
    [...byDomain].map(([domain, inputs]) => [
      domain,
      [...inputs].toSorted((left, right) => left - right),
    ]),
  );
}
