/** What Prometheus scrapes, as its text format (version 0.0.4): a page of numbers does not need a library. */
import type { RunCounts } from './run-hub.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Upper bounds of the buckets of request times, in seconds. */
const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600] as const;

export interface Gauges {
  readonly runs: RunCounts;
  /** Tasks that the attached workers can run at once. */
  readonly slots: number;
}

/** Counts finished requests. Labels are routes, not paths: their number is bounded. */
export class RequestMetrics {
  readonly #counts = new Map<string, number>();
  readonly #buckets = SECONDS.map(() => 0);
  #sum = 0;
  #count = 0;

  count(method: string, route: string, status: number, seconds: number): void {
    const labels = `method="${method}",route="${escapeLabel(route)}",status="${status}"`;
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1);
    SECONDS.forEach((bound, at) => {
      if (seconds <= bound) this.#buckets[at]!++;
    });
    this.#sum += seconds;
    this.#count++;
  }

  print(): string[] {
    const name = 'millrace_http_request_seconds';
    return [
      ...head('millrace_http_requests_total', 'counter', 'Finished HTTP requests'),
      ...[...this.#counts].map(([labels, n]) => `millrace_http_requests_total{${labels}} ${n}`),
      ...head(name, 'histogram', 'Time to reply'),
      ...SECONDS.map((bound, at) => `${name}_bucket{le="${bound}"} ${this.#buckets[at]!}`),
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${this.#count}`,
    ];
  }
}

export function printMetrics({ runs, slots }: Gauges, requests: RequestMetrics): string {
  const { heapUsed, external, rss } = process.memoryUsage();
  const ended = 'millrace_runs_ended_total';
  return [
    ...head('millrace_runs_started_total', 'counter', 'Runs started by this process'),
    `millrace_runs_started_total ${runs.started}`,
    ...head('millrace_runs_resumed_total', 'counter', 'Runs of an earlier process gone on with'),
    `millrace_runs_resumed_total ${runs.resumed}`,
    ...head(ended, 'counter', 'Runs of this process that have ended, started or gone on with'),
    `${ended}{status="done"} ${runs.done}`,
    `${ended}{status="rejected"} ${runs.rejected}`,
    `${ended}{status="failed"} ${runs.failed}`,
    ...head('millrace_runs_running', 'gauge', 'Runs of this process that have not ended'),
    `millrace_runs_running ${runs.running}`,
    ...head('millrace_worker_slots', 'gauge', 'Tasks that the attached workers run at once'),
    `millrace_worker_slots ${slots}`,
    ...head('process_resident_memory_bytes', 'gauge', 'Memory of the process'),
    `process_resident_memory_bytes ${rss}`,
    ...head('nodejs_heap_used_bytes', 'gauge', 'JavaScript heap in use'),
    `nodejs_heap_used_bytes ${heapUsed}`,
    ...head('nodejs_external_bytes', 'gauge', 'Memory outside of the heap'),
    `nodejs_external_bytes ${external}`,
    ...requests.print(),
    '',
  ].join('\n');
}

function head(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
