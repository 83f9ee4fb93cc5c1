/** What of a line of `messages.jsonl` the reports read. */
export interface EvidenceMessage {
  readonly number: number
  readonly at: string
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly summary: string
  readonly isLost: boolean
}

const neighbours = 2

/** The first refused or lost message, marked, between the two before and the two behind it; empty where all went well. */
export function divergence(messages: readonly EvidenceMessage[], width: number): string {
  const index = firstDivergent(messages)
  const divergent = messages[index]
  if (divergent === undefined) return ''
  const shown = messages.slice(Math.max(0, index - neighbours), index + neighbours + 1)
  const begin = BigInt(messages[0]!.at)
  return shown.map((message) => messageLine(message, message === divergent, begin, width)).join('\n')
}

/** Loss counts most; then a refusal that was no challenge the other side answered. */
function firstDivergent(messages: readonly EvidenceMessage[]): number {
  const index = messages.findIndex(
    (message, place) =>
      message.isLost || (isRefusal(message) && !isAnsweredChallenge(message, messages.slice(place + 1))),
  )
  return index === -1 ? messages.findIndex(isRefusal) : index
}

function isRefusal({ protocol, summary }: EvidenceMessage): boolean {
  if (protocol === 'SIP' || protocol === 'HTTP') return /^[4-6]\d\d /.test(summary)
  return /<(?:failure|stream:error|error)\b|type=error/.test(summary)
}

/** The challenged side asked again and was then answered well. */
function isAnsweredChallenge(
  { protocol, summary, from, to }: EvidenceMessage,
  later: readonly EvidenceMessage[],
): boolean {
  if (!/^40[17] /.test(summary)) return false
  const next = later.find(
    (message) =>
      message.protocol === protocol &&
      message.from === from &&
      message.to === to &&
      /^[2-6]\d\d /.test(message.summary),
  )
  return next !== undefined && /^[23]/.test(next.summary)
}

function messageLine(message: EvidenceMessage, isMarked: boolean, begin: bigint, width: number): string {
  const { number, at, from, to, protocol, summary, isLost } = message
  const milliseconds = (Number(BigInt(at) - begin) / 1e6).toFixed(1)
  const text = `${isMarked ? '>' : ' '} #${number} ${milliseconds} ms ${from} → ${to} ${protocol} ${summary}${isLost ? ' (lost)' : ''}`
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
