import { bringUpText, originOf, splitAtReady } from './bring-up.ts'
import { displayedSummary, shortened } from './displayed.ts'
import type { LadderRow } from './ladder-rows.ts'
import { chaptersOf, ladderRows, lifelines } from './ladder-rows.ts'
import type { ScenarioStep } from './scenario-step.ts'
import type { Timeline, TimelineEntry } from './timeline.ts'

export interface LadderOptions {
  /** Columns of the whole picture, default 100. */
  readonly width?: number
  /** Only these protocols. */
  readonly protocols?: readonly string[]
  readonly skip?: readonly TimelineEntry['kind'][]
  /** Order of the lifelines; hosts not named follow in order of appearance. */
  readonly order?: readonly string[]
  /** Show what happened before the deployment was ready; otherwise it is one line. */
  readonly showBringUp?: boolean
  /** Product names, by host, under the names of the hosts. */
  readonly titles?: Readonly<Record<string, string>>
  /** Shown where they began. */
  readonly steps?: readonly ScenarioStep[]
}

/**
 * A ladder diagram as text that can be pasted into a ticket: number of the message, milliseconds since the deployment
 * was ready (since the first entry where nobody noted that), then one lifeline for each host that takes part.
 */
export function ladderText(timeline: Timeline, options: LadderOptions = {}): string {
  const { width = 100, protocols, skip = [], order, showBringUp = false, titles = {}, steps = [] } = options
  const wanted = timeline.entries.filter(
    (entry) =>
      !skip.includes(entry.kind) &&
      (protocols === undefined || entry.kind === 'note' || protocols.includes(entry.protocol)),
  )
  if (wanted.length === 0) return '(nothing was recorded)\n'
  const { bringUp, rest } = splitAtReady(wanted)
  const entries = showBringUp ? wanted : rest
  const picture = layOut(lifelines(entries, order), width, entries, originOf(timeline))
  const folded = showBringUp || bringUp.length === 0 ? [] : [`${' '.repeat(prefixColumns)}… ${bringUpText(bringUp)}`]
  const rows = drawnByStep(entries, steps, picture)
  const heading = headingLines(picture, titles)
  const lines = [...heading, ...folded, ...rows, ...(rows.length > headingAgainAfter ? heading : [])]
  return lines.map((line) => line.trimEnd()).join('\n') + '\n'
}

/** The rows, with a line where each step began; those of steps that lie before the first entry stand above it. */
function drawnByStep(entries: readonly TimelineEntry[], steps: readonly ScenarioStep[], picture: Picture): string[] {
  return chaptersOf(entries, steps).flatMap(({ steps: begun, entries: own }) => [
    ...begun.map((step) => `${' '.repeat(prefixColumns)}${shortened(`== ${step.text}`, picture.total)}`),
    ...ladderRows(own).flatMap((row) => drawRow(row, picture)),
  ])
}

interface Picture {
  readonly start: bigint
  readonly columns: ReadonlyMap<string, number>
  readonly total: number
  readonly hasSeveralProtocols: boolean
}

const prefixColumns = 13
const widestGap = 36
const headingAgainAfter = 40

function layOut(hosts: readonly string[], width: number, entries: readonly TimelineEntry[], start: bigint): Picture {
  const room = width - prefixColumns
  const gap = Math.max(4, Math.min(widestGap, Math.floor(room / hosts.length)))
  const protocols = new Set(entries.flatMap((entry) => (entry.kind === 'message' ? [entry.protocol] : [])))
  return {
    start,
    columns: new Map(hosts.map((host, index) => [host, Math.floor(gap / 2) + index * gap])),
    // Labels may use the rest of the line.
    total: room,
    hasSeveralProtocols: protocols.size > 1,
  }
}

/** Names of the hosts; where they are wider than their columns, in turn on several lines and without their products. */
function headingLines(picture: Picture, titles: Readonly<Record<string, string>>): string[] {
  const hosts = [...picture.columns.keys()]
  const count = Math.min(hosts.length, Math.ceil((Math.max(...hosts.map(({ length }) => length)) + 1) / gapOf(picture)))
  const lines = Array.from({ length: count }, (_, line) => {
    const named = hosts.filter((_host, index) => index % count === line)
    return headingOf(picture, (host) => (named.includes(host) ? host : ''), count)
  })
  const prefix = (line: number) => (line === 0 ? '  #      ms ' : '').padEnd(prefixColumns)
  return [...lines.map((line, index) => prefix(index) + line), ...(count > 1 ? [] : titleLines(picture, titles))]
}

function gapOf({ columns }: Picture): number {
  const [first = 0, second = first + widestGap] = columns.values()
  return second - first
}

/** Names of the products under those of the hosts, on two lines. */
function titleLines(picture: Picture, titles: Readonly<Record<string, string>>): string[] {
  if (![...picture.columns.keys()].some((host) => host in titles)) return []
  const parts = (host: string) => {
    const words = (titles[host] ?? '').split(' ')
    return words.length === 1 ? ['', words[0]!] : [words.slice(0, -1).join(' '), words.at(-1)!]
  }
  return [0, 1].map((line) => ' '.repeat(prefixColumns) + headingOf(picture, (host) => parts(host)[line]!))
}

/** Texts in the middle of their columns, each at most `gaps` columns wide. */
function headingOf(picture: Picture, textOf: (host: string) => string, gaps = 1): string {
  const canvas = Array.from({ length: picture.total }, () => ' ')
  for (const [host, column] of picture.columns) {
    const text = shortened(textOf(host), gaps * gapOf(picture) - 1)
    write(canvas, Math.max(0, column - Math.floor(text.length / 2)), text)
  }
  return canvas.join('')
}

function drawRow({ entry, times }: LadderRow, picture: Picture): string[] {
  const milliseconds = (Number(entry.at - picture.start) / 1e6).toFixed(1)
  const number = entry.kind === 'message' ? String(entry.number) : ''
  const prefix = `${number.padStart(3)} ${milliseconds.padStart(7)} `.padEnd(prefixColumns)
  const [first, ...others] = entry.kind === 'note' ? drawNote(entry, picture) : drawArrow(entry, times, picture)
  return [prefix + first!, ...others.map((line) => ' '.repeat(prefixColumns) + line)]
}

function drawNote(entry: Extract<TimelineEntry, { kind: 'note' }>, picture: Picture): string[] {
  const canvas = lifelineCanvas(picture)
  label(canvas, `* ${entry.summary}`, picture.columns.get(entry.host)!)
  return [canvas.join('')]
}

/** The label stands in the arrow where it fits, else in a line above it. */
function drawArrow(entry: Exclude<TimelineEntry, { kind: 'note' }>, times: number, picture: Picture): string[] {
  const from = picture.columns.get(entry.from)!
  const to = picture.columns.get(entry.to)!
  const text = labelOf(entry, times, picture)
  const canvas = lifelineCanvas(picture)
  if (from === to) {
    label(canvas, `o ${text}`, from)
    return [canvas.join('')]
  }
  const isLost = entry.kind === 'message' && entry.isLost
  arrow(canvas, { from, to, line: entry.kind === 'media' ? '=' : '-', isLost })
  const [left, right] = from < to ? [from, to] : [to, from]
  const room = right - left - 6
  if (text.length <= room) {
    write(canvas, left + 3 + Math.floor((room - text.length) / 2), ` ${text} `)
    return [canvas.join('')]
  }
  const above = lifelineCanvas(picture)
  label(above, text, left + 2)
  return [above.join(''), canvas.join('')]
}

function labelOf(entry: Exclude<TimelineEntry, { kind: 'note' }>, times: number, picture: Picture): string {
  if (entry.kind === 'media') {
    const ports = [entry.fromEndpoint, entry.toEndpoint].map((endpoint) =>
      endpoint.slice(endpoint.lastIndexOf(':') + 1),
    )
    return `${entry.protocol} × ${entry.packets} (${ports.join(' → ')})`
  }
  const marks = `${entry.isLost ? ' (lost)' : ''}${times > 1 ? ` (× ${times})` : ''}`
  const protocol = picture.hasSeveralProtocols ? `${entry.protocol} ` : ''
  return protocol + shortened(displayedSummary(entry), longestLabel - protocol.length - marks.length) + marks
}

const longestLabel = 72

function lifelineCanvas({ columns, total }: Picture): string[] {
  const canvas = Array.from({ length: total }, () => ' ')
  for (const column of columns.values()) canvas[column] = '|'
  return canvas
}

function arrow(
  canvas: string[],
  { from, to, line, isLost }: { from: number; to: number; line: string; isLost: boolean },
): void {
  const [left, right] = from < to ? [from, to] : [to, from]
  for (let column = left + 1; column < right; column++) canvas[column] = line
  const [head, tip] = from < to ? [right - 1, '>'] : [left + 1, '<']
  canvas[head] = isLost ? 'x' : tip
}

/** Text beginning at a column: shortened to what is left of the line, or, near its end, moved to the left. */
function label(canvas: string[], text: string, column: number): void {
  const room = canvas.length - column
  const shown = shortened(text, room >= leastRoom ? room : canvas.length)
  write(canvas, Math.max(0, Math.min(column, canvas.length - shown.length)), shown)
}

const leastRoom = 30

function write(canvas: string[], column: number, text: string): void {
  ;[...text].forEach((character, index) => {
    if (column + index < canvas.length) canvas[column + index] = character
  })
}
