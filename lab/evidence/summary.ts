import type { EvidenceRecord } from './evidence-record.ts'
import type { Timeline } from './timeline.ts'

export interface SummaryFacts {
  readonly title: string
  readonly ids: readonly string[]
  readonly passed: boolean
  readonly timeline: Timeline
  readonly records: readonly EvidenceRecord[]
  readonly frames: number
}

/** `summary.md`: what the scenario shows, where, and how to look at it. */
export function summaryText({ title, ids, passed, timeline, records, frames }: SummaryFacts): string {
  const media = timeline.entries.filter((entry) => entry.kind === 'media')
  const packets = media.reduce((total, entry) => total + entry.packets, 0)
  const lost = timeline.messages.filter(({ isLost }) => isLost)
  const lines = [
    `# ${title}`,
    '',
    `- result: ${passed ? 'passed' : 'failed'}`,
    `- statements: ${ids.join(', ') || 'none'}`,
    `- hosts: ${timeline.hosts.join(', ') || 'none'}`,
    `- messages: ${timeline.messages.length} (${countsOf(timeline)})${lost.length > 0 ? `, ${lost.length} lost` : ''}`,
    `- media: ${packets} packets in ${media.length} streams`,
    `- frames: ${frames}`,
    '',
    '## Shown',
    '',
    ...(records.length === 0 ? ['nothing'] : records.map(recordLine)),
    '',
    '## Files',
    '',
    '- `index.html`: ladder, each message behind its arrow, secrets masked; `ladder.txt`: the same to paste',
    `- \`wire.pcapng\`: the wire with its TLS secrets inside: \`wireshark wire.pcapng${decodeAs(timeline)}\``,
    '- `wire.plain.pcapng`: the decoded messages in clear: `sngrep -I wire.plain.pcapng`',
    '- `messages.jsonl`: one message a line, whole and unmasked; `keys.log`: the TLS secrets',
    '',
  ]
  return lines.join('\n')
}

function recordLine({ message, frame, host, shows }: EvidenceRecord): string {
  if (message === undefined) return `- ${host}: ${shows}`
  return `- message ${message}${frame === undefined ? '' : `, frame ${frame}`}: ${shows}`
}

function countsOf({ messages }: Timeline): string {
  const counts = new Map<string, number>()
  for (const { protocol } of messages) counts.set(protocol, (counts.get(protocol) ?? 0) + 1)
  return [...counts].map(([protocol, count]) => `${protocol} ${count}`).join(', ') || 'none'
}

/** Wireshark takes TLS for SIP on port 5061 only; a traversal zone has another. */
function decodeAs({ messages }: Timeline): string {
  const ports = messages
    .filter(({ protocol }) => protocol === 'SIP')
    .map(({ connection }) => connection.split(':').at(-1)!)
  const others = [...new Set(ports)].filter((port) => port !== '5060' && port !== '5061').sort()
  return others.map((port) => ` -d tls.port==${port},sip`).join('')
}
