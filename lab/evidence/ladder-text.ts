import type { Timeline, TimelineEntry } from './timeline.ts'

export interface LadderOptions {
  /** Columns of the whole picture, default 100. */
  readonly width?: number
  /** Only these protocols. */
  readonly protocols?: readonly string[]
  readonly skip?: readonly TimelineEntry['kind'][]
  /** Order of the lifelines; hosts not named follow in order of appearance. */
  readonly order?: readonly string[]
}

/** From outside to inside, as the guide's figures have it. */
const usualOrder = ['alice', 'boardroom', 'pubdns', 'vcse1', 'vcsc1', 'intdns', 'cucm1', 'imp1', 'cuc1', 'bob', 'carol']

/** A ladder diagram as text that can be pasted into a ticket. */
export function ladderText(timeline: Timeline, options: LadderOptions = {}): string {
  const { width = 100, protocols, skip = [], order = usualOrder } = options
  const entries = timeline.entries.filter(
    (entry) =>
      !skip.includes(entry.kind) && (protocols === undefined || entry.kind === 'note' || protocols.includes(entry.protocol)),
  )
  const hosts = lifelines(entries, order)
  if (entries.length === 0 || hosts.length === 0) return '(nothing was recorded)\n'
  const start = entries[0]!.at
  const gap = Math.max(6, Math.floor((width - timeColumns - 2) / hosts.length))
  const position = new Map(hosts.map((host, index) => [host, Math.floor(gap / 2) + index * gap]))
  const total = hosts.length * gap
  const lines = [' '.repeat(timeColumns) + heading(hosts, gap)]
  for (const entry of entries) lines.push(...drawEntry(entry, start, position, total))
  return lines.map((line) => line.slice(0, width).trimEnd()).join('\n') + '\n'
}

const timeColumns = 9

function lifelines(entries: readonly TimelineEntry[], order: readonly string[]): string[] {
  const present = new Set(entries.flatMap((entry) => (entry.kind === 'note' ? [entry.host] : [entry.from, entry.to])))
  return [...order.filter((host) => present.has(host)), ...[...present].filter((host) => !order.includes(host))]
}

function heading(hosts: readonly string[], gap: number): string {
  return hosts
    .map((host) => {
      const text = host.slice(0, gap - 1)
      const left = Math.max(0, Math.floor((gap - text.length) / 2))
      return `${' '.repeat(left)}${text}`.padEnd(gap)
    })
    .join('')
}

function drawEntry(entry: TimelineEntry, start: bigint, position: Map<string, number>, total: number): string[] {
  const time = `${(Number(entry.at - start) / 1e9).toFixed(3)}`.padStart(timeColumns - 2) + '  '
  const canvas = empty(position, total)
  if (entry.kind === 'note') {
    write(canvas, position.get(entry.host)!, `* ${entry.summary}`)
    return [time + canvas.join('')]
  }
  const from = position.get(entry.from)!
  const to = position.get(entry.to)!
  const label =
    entry.kind === 'media'
      ? `${entry.protocol} ${entry.packets} packets to ${entry.toEndpoint}`
      : `${entry.protocol} ${entry.summary}${entry.isLost ? ' (lost)' : ''}`
  if (from === to) {
    write(canvas, from, `o ${label}`)
    return [time + canvas.join('')]
  }
  arrow(canvas, from, to)
  // A label that fits stands in the arrow; a longer one behind it, over the lifelines.
  const [left, right] = from < to ? [from, to] : [to, from]
  const room = right - left - 4
  if (label.length <= room) write(canvas, left + 2 + Math.floor((room - label.length) / 2), ` ${label} `.slice(0, room + 2))
  else write(canvas, right + 2, label)
  return [time + canvas.join('')]
}

function empty(position: Map<string, number>, total: number): string[] {
  const canvas = Array.from({ length: total }, () => ' ')
  for (const column of position.values()) canvas[column] = '|'
  return canvas
}

function arrow(canvas: string[], from: number, to: number): void {
  const [left, right] = from < to ? [from, to] : [to, from]
  for (let column = left + 1; column < right; column++) canvas[column] = '-'
  if (from < to) canvas[right - 1] = '>'
  else canvas[left + 1] = '<'
}

function write(canvas: string[], column: number, text: string): void {
  for (let index = 0; index < text.length; index++) canvas[column + index] = text[index]!
}
