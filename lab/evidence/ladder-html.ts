import { createHash } from 'node:crypto'
import { bringUpText, originOf, readyAt, splitAtReady } from './bring-up.ts'
import { displayedSummary, displayedText, masked } from './displayed.ts'
import type { LadderRow } from './ladder-rows.ts'
import { chaptersOf, ladderRows, lifelines } from './ladder-rows.ts'
import { ladderStyle } from './ladder-style.ts'
import { finalRefusals } from './refusal.ts'
import type { ScenarioStep } from './scenario-step.ts'
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
  readonly steps: readonly ScenarioStep[]
  /** What each id says. */
  readonly statements: Readonly<Record<string, string>>
  /** Product names by host. */
  readonly titles: Readonly<Record<string, string>>
}

/** A page with what its rows need again and again. */
interface Drawing extends LadderPage {
  readonly hosts: readonly string[]
  readonly origin: bigint
  readonly refusals: ReadonlySet<TimelineMessage>
  readonly shownNumbers: ReadonlySet<number>
}

/** The ladder as one HTML file: no script, nothing loaded, every text escaped, secrets masked. */
export function ladderHtml(page: LadderPage): string {
  const { title, passed, timeline } = page
  const hosts = lifelines(timeline.entries)
  const protocols = protocolsOf(timeline.entries)
  const style = ladderStyle(hosts.length, protocols.map(idOf))
  const drawing = {
    ...page,
    hosts,
    origin: originOf(timeline),
    refusals: finalRefusals(timeline.messages),
    shownNumbers: new Set(page.shown.flatMap(({ message }) => (message === undefined ? [] : [message]))),
  }
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
<p><b class="${passed ? 'passed' : 'failed'}">${passed ? 'passed' : 'failed'}</b>
<a href="ladder.txt">text</a> <a href="wire.pcapng">wire.pcapng</a> <a href="wire.plain.pcapng">wire.plain.pcapng</a> <a href="messages.jsonl">messages.jsonl</a> <a href="summary.md">summary</a></p>
<div class="facts-of-scenario">
${stepsHtml(page)}
${claimsHtml(page)}
</div>
<p class="filter">${protocols.map((protocol) => `<label><input type="checkbox" id="show-${idOf(protocol)}" checked> ${escaped(protocol)} <small>${countOf(timeline.entries, protocol)}</small></label>`).join('\n')}</p>
</header>
<main>
<div class="row hosts"><span class="number">#</span><span class="time">${readyAt(timeline) === undefined ? 'ms' : 'ms since ready'}</span><div class="lines">${hosts.map((host, index) => `<span class="host h${index}">${escaped(host)}${host in page.titles ? `<small>${escaped(page.titles[host]!)}</small>` : ''}</span>`).join('')}</div></div>
${entriesHtml(drawing)}
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

function stepsHtml({ steps }: LadderPage): string {
  if (steps.length === 0) return ''
  const items = steps.map(({ text, result, milliseconds, at, says }, index) => {
    const time = at === undefined ? '' : ` <small>${Math.round(milliseconds)} ms</small>`
    const name = at === undefined ? escaped(text) : `<a href="#step${index + 1}">${escaped(text)}</a>`
    const problem = says === undefined ? '' : `<pre class="problem">${escaped(masked(says))}</pre>`
    return `<li class="step ${escaped(result)}"><b>${escaped(result)}</b> ${name}${time}${problem}</li>`
  })
  return `<section><h2>Steps</h2><ol>${items.join('')}</ol></section>`
}

/** The statements the scenario claims, and what shows them. */
function claimsHtml({ ids, statements, shown }: LadderPage): string {
  const claims = ids.map((id) => `<li><span class="id">${escaped(id)}</span> ${escaped(statements[id] ?? '')}</li>`)
  const records = shown.map(({ message, host, shows }) => {
    const text = escaped(shows)
    return `<li>${message === undefined ? `${escaped(host)}: ${text}` : `<a href="#m${message}">#${message}</a> ${text}`}</li>`
  })
  const list = (title: string, name: string, items: readonly string[]) =>
    items.length === 0 ? '' : `<h2>${title}</h2><ul class="${name}">${items.join('')}</ul>`
  return `<section>${list('Statements', 'claims', claims)}${list('Shown by', 'shown', records)}</section>`
}

/** What came before the deployment was ready is folded, unless it holds something that is shown. */
function entriesHtml(drawing: Drawing): string {
  const { bringUp, rest } = splitAtReady(drawing.timeline.entries)
  const holdsShown = bringUp.some((entry) => entry.kind === 'message' && drawing.shownNumbers.has(entry.number))
  const folded = ladderRows(bringUp).map((row) => rowHtml(row, drawing))
  const head =
    bringUp.length === 0
      ? []
      : [
          `<details class="bring-up"${holdsShown ? ' open' : ''}><summary>… ${escaped(bringUpText(bringUp))}</summary>`,
          ...folded,
          '</details>',
        ]
  const chapters = chaptersOf(rest, drawing.steps).flatMap(({ steps, entries }) => [
    ...steps.map((step) => stepRow(step, drawing)),
    ...ladderRows(entries).map((row) => rowHtml(row, drawing)),
  ])
  return [...head, ...chapters].join('\n')
}

function stepRow(step: ScenarioStep, { steps, origin }: Drawing): string {
  const time = milliseconds(step.at! < origin ? origin : step.at!, origin)
  return `<div class="row begin ${escaped(step.result)}" id="step${steps.indexOf(step) + 1}"><span></span><span class="time">${time}</span><span class="chapter">${escaped(step.text)}</span></div>`
}

function milliseconds(at: bigint, origin: bigint): string {
  return (Number(at - origin) / 1e6).toFixed(1)
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

function rowHtml({ entry, times, numbers }: LadderRow, drawing: Drawing): string {
  const time = milliseconds(entry.at, drawing.origin)
  if (entry.kind === 'note') return noteHtml(entry, time, drawing.hosts)
  const isShown = numbers.some((number) => drawing.shownNumbers.has(number))
  const [number = '', ...others] = numbers
  const line = `<span class="number">${number}</span><span class="time">${time}</span><div class="lines">${arrowHtml(entry, times, drawing)}</div>`
  const classes = ['row', `p-${idOf(entry.protocol)}`, entry.kind, ...(isShown ? ['evidence'] : [])].join(' ')
  if (entry.kind === 'media') return `<div class="${classes}">${line}</div>`
  const anchors = others.map((other) => `<a id="m${other}"></a>`).join('')
  return `<details id="m${number}" class="${classes}"><summary class="row">${line}</summary>${anchors}${messageHtml(entry, times, drawing)}</details>`
}

function noteHtml({ host, summary }: TimelineNote, time: string, hosts: readonly string[]): string {
  const index = hosts.indexOf(host)
  return `<div class="row note"><span></span><span class="time">${time}</span><div class="lines"><span class="remark h${index}">${escaped(summary)}</span></div></div>`
}

function arrowHtml(entry: Drawn, times: number, { hosts, refusals }: Drawing): string {
  const from = hosts.indexOf(entry.from)
  const to = hosts.indexOf(entry.to)
  const isBad = entry.kind === 'message' && (refusals.has(entry) || entry.isLost)
  const [left, right] = from < to ? [from, to] : [to, from]
  const direction = from === to ? 'self' : from < to ? 'right' : 'left'
  const classes = ['arrow', direction, `a${left}-${right}`, ...(isBad ? ['bad'] : [])]
  if (entry.kind === 'message' && entry.isLost) classes.push('lost')
  // A label too long for its arrow goes on towards the wider side.
  const side = left + right < hosts.length - 1 ? 'from-left' : 'from-right'
  return `<span class="${classes.join(' ')}"></span><span class="label ${side} a${left}-${right}"><span><b>${escaped(entry.protocol)}</b> ${escaped(arrowLabel(entry))}${times > 1 ? ` <i>× ${times}</i>` : ''}</span></span>`
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
