/**
 * Draws timelines as SVG: events as dots, continuous values as steps, windows as bars, over one axis of time.
 *
 *   purchases      ●2           ●5            dots     a value at an instant
 *   total          ┌──── 2 ─────┌──── 7 ──>   steps    a value that holds until the next one
 *   windows        ▐████████████▌▐████████    bars     from just after one end up to the next
 *              10:00        10:01       10:02
 */
import type { GoldenFile } from '../../test/golden/golden-file.ts';
import type { LaneSpec, PictureSpec } from './docs-page.ts';

const WIDTH = 760;
const LABEL_WIDTH = 190;
const LANE_HEIGHT = 46;
const MARGIN = 16;
const BAR_HEIGHT = 10;
/** Letters of this size are about 0.6 as wide. */
const FONT_SIZE = 12;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DATE = '2024-01-01';

/** A value of one entity at a time; null where the value is null. */
interface Point {
  readonly timeMs: number;
  readonly value: string | null;
}

interface Axis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

export function drawTimeline(file: GoldenFile, picture: PictureSpec): string {
  const axis: Axis = {
    fromMs: readTime(picture.from),
    toMs: readTime(picture.to),
    stepMs: readSpan(picture.step),
  };
  const height = MARGIN + picture.lanes.length * LANE_HEIGHT + 34;
  const body: string[] = [...drawAxis(axis, height)];
  let dotsAbove: readonly Point[] = [];
  for (const [at, lane] of picture.lanes.entries()) {
    const top = MARGIN + at * LANE_HEIGHT;
    body.push(text(LABEL_WIDTH - 14, top + LANE_HEIGHT / 2 + 4, lane.label, 'label', 'end'));
    if (lane.kind === 'bars') {
      body.push(...drawBars(lane, axis, top, file, picture));
      continue;
    }
    const points = pointsOf(lane, file, picture);
    if (points.length === 0) throw new Error(`${picture.path}: no values of ${lane.source}`);
    if (lane.kind === 'steps') body.push(...drawSteps(points, axis, top));
    else {
      if (lane.kind === 'moved') body.push(...drawMoves(dotsAbove, points, axis, top));
      body.push(...drawDots(points, axis, top));
      dotsAbove = points;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<style>${STYLE}</style>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Drawn for light pages; readable on dark ones. */
const STYLE = [
  `text { font: ${FONT_SIZE}px ui-sans-serif, system-ui, sans-serif; fill: #57606a; }`,
  '.label { font-weight: 600; }',
  '.value { fill: #1f2328; }',
  '.dot { fill: #0969da; }',
  '.null { fill: none; stroke: #0969da; stroke-width: 1.5; }',
  '.step { fill: none; stroke: #8250df; stroke-width: 2; }',
  '.bar { fill: #1a7f37; fill-opacity: 0.25; stroke: #1a7f37; }',
  '.axis { stroke: #8c959f; stroke-width: 1; }',
  '.grid { stroke: #8c959f; stroke-opacity: 0.25; }',
  '.move { stroke: #8c959f; stroke-dasharray: 3 3; }',
  '@media (prefers-color-scheme: dark) { text { fill: #9198a1; } .value { fill: #e6edf3; }',
  ' .dot { fill: #4493f8; } .null { stroke: #4493f8; } .step { stroke: #ab7df8; } }',
].join(' ');

function drawAxis(axis: Axis, height: number): readonly string[] {
  const bottom = height - 28;
  const marks: string[] = [line(LABEL_WIDTH, bottom, WIDTH - MARGIN, bottom, 'axis')];
  for (let timeMs = axis.fromMs; timeMs <= axis.toMs; timeMs += axis.stepMs) {
    const x = xOf(timeMs, axis);
    marks.push(line(x, MARGIN, x, bottom, 'grid'), line(x, bottom, x, bottom + 4, 'axis'));
    marks.push(text(x, bottom + 18, timeLabel(timeMs, axis), '', 'middle'));
  }
  return marks;
}

function drawDots(points: readonly Point[], axis: Axis, top: number): readonly string[] {
  const y = top + LANE_HEIGHT / 2 + 6;
  return points.flatMap(({ timeMs, value }) => {
    const x = xOf(timeMs, axis);
    const style = value === null ? 'null' : 'dot';
    return [
      `<circle cx="${x}" cy="${y}" r="5" class="${style}"/>`,
      text(x, y - 10, value ?? 'null', 'value', 'middle'),
    ];
  });
}

function drawMoves(
  from: readonly Point[],
  to: readonly Point[],
  axis: Axis,
  top: number,
): readonly string[] {
  const y = top + LANE_HEIGHT / 2 + 6;
  return to.flatMap(({ timeMs }, at) => {
    const source = from[at];
    if (source === undefined) return [];
    return [line(xOf(source.timeMs, axis), y - LANE_HEIGHT + 6, xOf(timeMs, axis), y - 6, 'move')];
  });
}

/** Numbers are drawn at their height in the lane, other values in its middle; null is a gap. */
function drawSteps(all: readonly Point[], axis: Axis, top: number): readonly string[] {
  // Of several rows at one time the last one holds.
  const points = all.filter((point, at) => all[at + 1]?.timeMs !== point.timeMs);
  const numbers = points.flatMap(({ value }) => (isNumber(value) ? [Number(value)] : []));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const [lowY, highY] = [top + LANE_HEIGHT - 8, top + 20];
  const yOf = (value: string): number => {
    if (!isNumber(value) || low === high) return (lowY + highY) / 2;
    return round(lowY - ((Number(value) - low) / (high - low)) * (lowY - highY));
  };
  const drawn: string[] = [];
  let path = '';
  let isOpen = false;
  let shown: string | null = null;
  for (const [at, { timeMs, value }] of points.entries()) {
    if (value === null) {
      isOpen = false;
      shown = null;
      continue;
    }
    const x = xOf(timeMs, axis);
    const end = points[at + 1]?.timeMs ?? axis.toMs;
    const y = yOf(value);
    path += isOpen ? `V${y}` : `M${x} ${y}`;
    path += `H${xOf(end, axis)}`;
    isOpen = true;
    if (value !== shown) drawn.push(text(x + 5, y - 5, value, 'value', 'start'));
    shown = value;
  }
  return [`<path d="${path}" class="step"/>`, ...drawn];
}

function drawBars(
  lane: LaneSpec,
  axis: Axis,
  top: number,
  file: GoldenFile,
  picture: PictureSpec,
): readonly string[] {
  const calendar = /^(\d+[smhd])\*(\d+)$/.exec(lane.source);
  const parts = calendar === null ? 1 : Number(calendar[2]);
  const ends =
    calendar === null
      ? pointsOf(lane, file, picture).flatMap(({ timeMs, value }) =>
          value === 'true' ? [timeMs] : [],
        )
      : multiples(readSpan(calendar[1]!), axis);
  const edges = [...new Set([axis.fromMs, ...ends, axis.toMs])];
  const levels = parts;
  const first = top + LANE_HEIGHT / 2 + 2 - (levels * (BAR_HEIGHT + 2)) / 2;
  const bars: string[] = [];
  for (let at = 1; at < edges.length; at++) {
    const from = xOf(edges[Math.max(0, at - parts)]!, axis) + 2;
    const to = xOf(edges[at]!, axis) - 2;
    const y = first + (at % levels) * (BAR_HEIGHT + 2);
    bars.push(
      `<rect x="${round(from)}" y="${y}" width="${round(to - from)}" height="${BAR_HEIGHT}" rx="3" class="bar"/>`,
    );
  }
  return bars;
}

function multiples(unitMs: number, axis: Axis): readonly number[] {
  const times: number[] = [];
  for (
    let timeMs = Math.ceil(axis.fromMs / unitMs) * unitMs;
    timeMs <= axis.toMs;
    timeMs += unitMs
  ) {
    times.push(timeMs);
  }
  return times;
}

/** The values of a lane: `Table.column` of the page, or a field of the answer where it has rows of the entity. */
function pointsOf(lane: LaneSpec, file: GoldenFile, picture: PictureSpec): readonly Point[] {
  const [table, column] = lane.source.split('.');
  if (column !== undefined) {
    const found = file.tables.find((each) => each.name === table);
    if (found === undefined) throw new Error(`${picture.path}: no table ${table}`);
    const at = (role: string): number => found.columns.findIndex((each) => each.role === role);
    const values = found.columns.findIndex((each) => each.name === column);
    return found.rows
      .filter((row) => row[at('entity')] === lane.entity)
      .map((row) => ({ timeMs: readTime(row[at('time')]!), value: row[values]! }));
  }
  const [header, ...rows] = picture.query.answer.map(cellsOf);
  const field = header!.indexOf(lane.source);
  if (field < 0) throw new Error(`${picture.path}: the answer has no field ${lane.source}`);
  const points = rows
    .filter((row) => row[1] === lane.entity)
    .map((row) => ({
      timeMs: readTime(row[0]!),
      value: row[field] === '-' ? null : row[field]!.replaceAll('"', ''),
    }));
  // A dot for each null row of a record would draw what its other fields do.
  return lane.kind === 'steps' ? points : points.filter((point) => point.value !== null);
}

function cellsOf(row: string): readonly string[] {
  return row.trim().match(/"(?:[^"]|"")*"|\S+/g) ?? [];
}

function readTime(text: string): number {
  const [date, clock] = text.includes('T') ? text.split('T') : [DATE, text];
  if (clock === undefined || /^\d{4}-/.test(clock))
    return Date.parse(`${text.slice(0, 10)}T00:00Z`);
  const [hours, minutes, seconds = '0'] = clock.replace(/Z$/, '').split(':');
  const dayMs = Date.parse(`${date}T00:00Z`);
  return (
    dayMs +
    Number(hours) * UNIT_MS['h']! +
    Number(minutes) * UNIT_MS['m']! +
    Math.round(Number(seconds) * 1000)
  );
}

function readSpan(text: string): number {
  return Number(text.slice(0, -1)) * UNIT_MS[text.at(-1)!]!;
}

function timeLabel(timeMs: number, axis: Axis): string {
  const iso = new Date(timeMs).toISOString();
  if (axis.stepMs >= UNIT_MS['d']!) return iso.slice(5, 10);
  return axis.stepMs % UNIT_MS['m']! === 0 ? iso.slice(11, 16) : iso.slice(11, 19);
}

function isNumber(value: string | null): value is string {
  return value !== null && /^-?\d/.test(value) && Number.isFinite(Number(value));
}

function xOf(timeMs: number, axis: Axis): number {
  const width = WIDTH - MARGIN - 20 - LABEL_WIDTH;
  return round(LABEL_WIDTH + ((timeMs - axis.fromMs) / (axis.toMs - axis.fromMs)) * width);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${style}"/>`;
}

function text(x: number, y: number, content: string, style: string, anchor: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const named = style === '' ? '' : ` class="${style}"`;
  return `<text x="${round(x)}" y="${round(y)}"${named} text-anchor="${anchor}">${escaped}</text>`;
}
