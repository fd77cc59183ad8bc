/**
 * The state of a run as a set of finished cells, and what may run next: pure functions, rebuilt from the ledger at any
 * time. A cell may start when
 *   - the cell of the slice before it (same stage and range) is done: it left the state,
 *   - every range of the same slice of each stage whose exchange it reads is done,
 *   - every cell of each stage whose bounds it needs is done.
 */
import type { CellId } from '../../shared/plan/run-spec.ts';
import { cellName } from '../../shared/plan/run-spec.ts';
import type { StagePlan } from '../../shared/plan/stage.ts';

export interface RunShape {
  readonly plan: StagePlan;
  readonly ranges: number;
  readonly slices: number;
  /** Only this range runs: no other has rows of the result. Null: all. */
  readonly onlyRange: number | null;
}

function rangesOf(shape: RunShape): readonly number[] {
  if (shape.onlyRange !== null) return [shape.onlyRange];
  return Array.from({ length: shape.ranges }, (_, range) => range);
}

/** Stages whose bounds `stage` needs: all their cells must be done first. */
export function boundsProducers(plan: StagePlan, stage: number): readonly number[] {
  return plan.stages[stage]!.dependsOn.filter((other) =>
    plan.stages[other]!.sinks.some((sink) => sink.kind === 'bounds'),
  );
}

/**
 * The finished cells of a run. The slices of a stage and range are done one after another, each from the state of the
 * one before, so a cell that may start is the next of its stage and range: asking costs stages × ranges, not cells.
 */
export class CellTracker {
  readonly #shape: RunShape;
  readonly #ranges: readonly number[];
  readonly #done = new Set<string>();
  /** Finished cells per stage and slice. */
  readonly #doneOf = new Map<string, number>();
  /** Per stage, per place in `#ranges`: slices done, from the first on. */
  readonly #slicesOf: Int32Array[];
  readonly total: number;

  constructor(shape: RunShape) {
    this.#shape = shape;
    this.#ranges = rangesOf(shape);
    this.#slicesOf = shape.plan.stages.map(() => new Int32Array(this.#ranges.length));
    this.total = shape.plan.stages.length * this.#ranges.length * shape.slices;
  }

  get doneCount(): number {
    return this.#done.size;
  }

  get isDone(): boolean {
    return this.#done.size === this.total;
  }

  has(cell: CellId): boolean {
    return this.#done.has(cellName(cell));
  }

  finish(cell: CellId): void {
    const name = cellName(cell);
    if (this.#done.has(name)) return;
    this.#done.add(name);
    const slices = this.#slicesOf[cell.stage]!;
    const place = this.#ranges.indexOf(cell.range);
    let slice = slices[place]!;
    while (this.has({ ...cell, slice })) slice++;
    slices[place] = slice;
    const key = `${cell.stage} ${cell.slice}`;
    this.#doneOf.set(key, (this.#doneOf.get(key) ?? 0) + 1);
  }

  /** Whether all ranges of a stage have done a slice. */
  isSliceDone(stage: number, slice: number): boolean {
    return this.#doneOf.get(`${stage} ${slice}`) === this.#ranges.length;
  }

  isStageDone(stage: number): boolean {
    for (let slice = 0; slice < this.#shape.slices; slice++) {
      if (!this.isSliceDone(stage, slice)) return false;
    }
    return true;
  }

  /** How many slices of the result stage are done in all ranges, from the first on. */
  frontier(): number {
    const last = this.#shape.plan.stages.findIndex((stage) =>
      stage.sinks.some((sink) => sink.kind === 'result'),
    );
    let slice = 0;
    while (slice < this.#shape.slices && this.isSliceDone(last, slice)) slice++;
    return slice;
  }

  /** Cells that may start now, early slices first, up to `limit`; `taken` names those already on their way. */
  ready(taken: ReadonlySet<string>, limit: number): CellId[] {
    const ready: CellId[] = [];
    for (const { id: stage } of this.#shape.plan.stages) {
      for (const [place, range] of this.#ranges.entries()) {
        const cell = { stage, range, slice: this.#slicesOf[stage]![place]! };
        if (cell.slice === this.#shape.slices || taken.has(cellName(cell))) continue;
        if (this.#mayStart(cell)) ready.push(cell);
      }
    }
    // Stable: within a slice by stage and range.
    return ready.toSorted((left, right) => left.slice - right.slice).slice(0, limit);
  }

  #mayStart(cell: CellId): boolean {
    const { plan } = this.#shape;
    const whole = boundsProducers(plan, cell.stage);
    if (!whole.every((stage) => this.isStageDone(stage))) return false;
    return plan.stages[cell.stage]!.reads.every((exchange) =>
      this.isSliceDone(plan.producers[exchange]!, cell.slice),
    );
  }
}
