import { createHash } from 'node:crypto'
import { displayedSummary, displayedText, isRefusal } from './displayed.ts'
import type { LadderRow } from './ladder-rows.ts'
import { ladderRows, lifelines } from './ladder-rows.ts'
import { ladderStyle } from './ladder-style.ts'
import type { Timeline, TimelineEntry, TimelineMedia, TimelineMessage, TimelineNote } from './timeline.ts'

export interface LadderPage {
  readonly title: string
  readonly ids: readonly string[]
  readonly passed: boolean
  readonly timeline: Timeline
  /** Frame of `wire.pcapng` by message number. */
  readonly frameOf: ReadonlyMap<number, number>
  /** What the scenario shows. */
  readonly shown: readonly { readonly message?: number; readonly host: string; readonly shows: string }[]
}

/** The ladder as one HTML file: no script, nothing loaded, every text escaped, secrets masked. */
export function ladderHtml(page: LadderPage): string {
  const { title, ids, passed, timeline } = page
  const hosts = lifelines(timeline.entries)
  const protocols = protocolsOf(timeline.entries)
  const style = ladderStyle(hosts.length, protocols.map(idOf))
  const rows = ladderRows(timeline.entries)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(style)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p><b class="${passed ? 'passed' : 'failed'}">${passed ? 'passed' : 'failed'}</b> ${ids.map((id) => `<span class="id">${escaped(id)}</span>`).join(' ')}
<a href="ladder.txt">text</a> <a href="wire.pcapng">wire.pcapng</a> <a href="wire.plain.pcapng">wire.plain.pcapng</a> <a href="messages.jsonl">messages.jsonl</a> <a href="summary.md">summary</a></p>
${shownList(page)}
<p class="filter">${protocols.map((protocol) => `<label><input type="checkbox" id="show-${idOf(protocol)}" checked> ${escaped(protocol)} <small>${countOf(timeline.entries, protocol)}</small></label>`).join('\n')}</p>
</header>
<main>
<div class="row hosts"><span></span><span></span><div class="lines">${hosts.map((host, index) => `<span class="host h${index}">${escaped(host)}</span>`).join('')}</div></div>
${rows.map((row) => rowHtml(row, page, hosts)).join('\n')}
</main>
</body>
</html>
`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function hashOf(style: string): string {
  return `sha256-${createHash('sha256').update(style).digest('base64')}`
}

function shownList({ shown }: LadderPage): string {
  if (shown.length === 0) return ''
  const items = shown.map(({ message, host, shows }) => {
    const text = escaped(shows)
    return `<li>${message === undefined ? `${escaped(host)}: ${text}` : `<a href="#m${message}">#${message}</a> ${text}`}</li>`
  })
  return `<ul class="shown">${items.join('')}</ul>`
}

type Drawn = TimelineMessage | TimelineMedia

function protocolsOf(entries: readonly TimelineEntry[]): string[] {
  return [...new Set(entries.flatMap((entry) => (entry.kind === 'note' ? [] : [entry.protocol])))].sort()
}

function countOf(entries: readonly TimelineEntry[], protocol: string): number {
  return entries.filter((entry) => entry.kind !== 'note' && entry.protocol === protocol).length
}

/** A protocol's name as a part of an id or class. */
function idOf(protocol: string): string {
  return protocol.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}

function rowHtml({ entry, times }: LadderRow, page: LadderPage, hosts: readonly string[]): string {
  const time = (Number(entry.at - page.timeline.entries[0]!.at) / 1e6).toFixed(1)
  if (entry.kind === 'note') return noteHtml(entry, time, hosts)
  const isShown = entry.kind === 'message' && page.shown.some(({ message }) => message === entry.number)
  const number = entry.kind === 'message' ? String(entry.number) : ''
  const line = `<span class="number">${number}</span><span class="time">${time}</span><div class="lines">${arrowHtml(entry, times, hosts)}</div>`
  const classes = ['row', `p-${idOf(entry.protocol)}`, entry.kind, ...(isShown ? ['evidence'] : [])].join(' ')
  if (entry.kind === 'media') return `<div class="${classes}">${line}</div>`
  return `<details id="m${number}" class="${classes}"><summary class="row">${line}</summary>${messageHtml(entry, times, page)}</details>`
}

function noteHtml({ host, summary }: TimelineNote, time: string, hosts: readonly string[]): string {
  const index = hosts.indexOf(host)
  return `<div class="row note"><span></span><span class="time">${time}</span><div class="lines"><span class="remark h${index}">${escaped(summary)}</span></div></div>`
}

function arrowHtml(entry: Drawn, times: number, hosts: readonly string[]): string {
  const from = hosts.indexOf(entry.from)
  const to = hosts.indexOf(entry.to)
  const isBad = entry.kind === 'message' && (isRefusal(entry) || entry.isLost)
  const [left, right] = from < to ? [from, to] : [to, from]
  const direction = from === to ? 'self' : from < to ? 'right' : 'left'
  const classes = ['arrow', direction, `a${left}-${right}`, ...(isBad ? ['bad'] : [])]
  if (entry.kind === 'message' && entry.isLost) classes.push('lost')
  // A label too long for its arrow goes on towards the wider side.
  const side = left + right < hosts.length - 1 ? 'from-left' : 'from-right'
  return `<span class="${classes.join(' ')}"></span><span class="label ${side} a${left}-${right}"><b>${escaped(entry.protocol)}</b> ${escaped(arrowLabel(entry))}${times > 1 ? ` <i>× ${times}</i>` : ''}</span>`
}

function arrowLabel(entry: Drawn): string {
  if (entry.kind === 'media') return `${entry.packets} packets, ${entry.fromEndpoint} → ${entry.toEndpoint}`
  return `${displayedSummary(entry)}${entry.isLost ? ' (lost)' : ''}`
}

function messageHtml(message: TimelineMessage, times: number, { frameOf }: LadderPage): string {
  const frame = frameOf.get(message.number)
  const facts = [
    `${message.from} (${message.fromEndpoint}) → ${message.to} (${message.toEndpoint})`,
    message.hostTime,
    `${message.bytes.length} bytes`,
    message.observations === 2
      ? 'seen by both ends'
      : message.sentAt === undefined
        ? 'seen by its receiver'
        : 'seen by its sender only',
    ...(frame === undefined ? [] : [`frame ${frame}`]),
    ...(times > 1 ? [`the first of ${times}`] : []),
  ]
  return `<p class="facts">${facts.map(escaped).join(' · ')}</p><pre>${escaped(displayedText(message.bytes))}</pre>`
}
