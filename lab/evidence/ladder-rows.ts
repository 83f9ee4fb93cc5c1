import type { ScenarioStep } from './scenario-step.ts'
import type { TimelineEntry } from './timeline.ts'

/** An entry of the ladder; equal exchanges in a row (keepalives) are one with a count. */
export interface LadderRow {
  readonly entry: TimelineEntry
  /** How often it happened without anything else between. */
  readonly times: number
  /** Numbers of the messages it stands for. */
  readonly numbers: readonly number[]
}

/** From outside to inside, as the guide's figures have it. */
const usualOrder = ['alice', 'boardroom', 'pubdns', 'vcse', 'vcsc', 'intdns', 'cucm', 'imp', 'cuc', 'bob', 'carol']

/**
 * Hosts that take part, outside on the left. A name of `order` also stands for its numbered hosts (vcse1, vcse2); hosts
 * not named follow in order of appearance.
 */
export function lifelines(entries: readonly TimelineEntry[], order: readonly string[] = usualOrder): string[] {
  const present = new Set(entries.flatMap((entry) => (entry.kind === 'note' ? [entry.host] : [entry.from, entry.to])))
  const rank = (host: string) => {
    const index = order.findIndex((name) => name === host || name === host.replace(/\d+$/, ''))
    return index === -1 ? order.length : index
  }
  const appearance = [...present]
  return appearance.toSorted(
    (a, b) =>
      rank(a) - rank(b) || (rank(a) < order.length ? compare(a, b) : appearance.indexOf(a) - appearance.indexOf(b)),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Folds exchanges of one to four messages that repeat at once into one with a count. */
export function ladderRows(entries: readonly TimelineEntry[]): LadderRow[] {
  const keys = entries.map(keyOf)
  const rows: LadderRow[] = []
  for (let index = 0; index < entries.length;) {
    const { period, times } = repetition(keys, index)
    for (let place = index; place < index + period; place++) {
      const same = Array.from({ length: times }, (_, time) => entries[place + time * period]!)
      const numbers = same.flatMap((entry) => (entry.kind === 'message' ? [entry.number] : []))
      rows.push({ entry: entries[place]!, times, numbers })
    }
    index += period * times
  }
  return rows
}

/** The entries between two beginnings of steps. */
export interface Chapter {
  /** What began here: more than one where nothing happened between. */
  readonly steps: readonly ScenarioStep[]
  readonly entries: readonly TimelineEntry[]
}

/** Divides entries where steps began. Steps that began before the first entry stand in front of it. */
export function chaptersOf(entries: readonly TimelineEntry[], steps: readonly ScenarioStep[]): Chapter[] {
  const chapters: { steps: ScenarioStep[]; entries: TimelineEntry[] }[] = [{ steps: [], entries: [] }]
  const waiting = steps.filter(({ at }) => at !== undefined)
  for (const entry of entries) {
    while (waiting[0] !== undefined && waiting[0].at! <= entry.at) {
      const step = waiting.shift()!
      if (chapters.at(-1)!.entries.length > 0) chapters.push({ steps: [step], entries: [] })
      else chapters.at(-1)!.steps.push(step)
    }
    chapters.at(-1)!.entries.push(entry)
  }
  return waiting.length === 0 ? chapters : [...chapters, { steps: waiting, entries: [] }]
}

const longestExchange = 4

function repetition(keys: readonly string[], start: number): { period: number; times: number } {
  for (let period = 1; period <= longestExchange; period++) {
    let times = 1
    while (repeats(keys, start, start + period * times, period)) times++
    if (times > 1) return { period, times }
  }
  return { period: 1, times: 1 }
}

function repeats(keys: readonly string[], first: number, second: number, period: number): boolean {
  for (let index = 0; index < period; index++) {
    if (keys[second + index] === undefined || keys[first + index] !== keys[second + index]) return false
  }
  return true
}

/** Media and notes never repeat. */
function keyOf(entry: TimelineEntry, index: number): string {
  if (entry.kind !== 'message') return `${entry.kind} ${index}`
  const { from, to, protocol, summary, isLost } = entry
  return [from, to, protocol, summary, isLost].join('|')
}
