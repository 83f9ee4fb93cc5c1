/** What of a line of `messages.jsonl` the reports read. */
export interface EvidenceMessage {
  readonly number: number
  /** Since the deployment was ready; less than 0 during bring-up. */
  readonly milliseconds: number
  /** Number of the scenario's step, from 1, during which it was seen. */
  readonly step?: number
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly summary: string
  readonly isLost: boolean
  /** A refusal that stands: no challenge that was answered. */
  readonly isRefusal: boolean
}

/** Where to look: the step that failed, by its number from 1 and its text. */
export interface FailedStep {
  readonly number?: number
  readonly text?: string
}

const neighbours = 2
const lastMessages = 2 * neighbours + 1

/**
 * What happened around the failure: the message that went wrong, marked, between the two before and the two behind it
 * of its own protocol; where none went wrong, the last ones before the failure. Start-up traffic is left out.
 */
export function divergence(messages: readonly EvidenceMessage[], failed: FailedStep, width: number): string {
  const run = messages.filter(
    ({ milliseconds, step }) => milliseconds >= 0 && (step === undefined || step <= (failed.number ?? Infinity)),
  )
  const wrong = wrongMessage(run, failed)
  if (wrong === undefined) {
    const lines = preferNamed(run.filter(isNoKeepalive), failed).slice(-lastMessages)
    return lines.map((message) => messageLine(message, false, width)).join('\n')
  }
  const near = run.filter(({ protocol }) => protocol === wrong.protocol)
  const index = near.indexOf(wrong)
  const shown = near.slice(Math.max(0, index - neighbours), index + neighbours + 1)
  return shown.map((message) => messageLine(message, message === wrong, width)).join('\n')
}

/** The first lost or refused one, in the failed step or the one before it if there is any, of what the step names. */
function wrongMessage(run: readonly EvidenceMessage[], failed: FailedStep): EvidenceMessage | undefined {
  const wrong = run.filter(({ isLost, isRefusal }) => isLost || isRefusal)
  const recent = wrong.filter(({ step }) => step !== undefined && step >= (failed.number ?? Infinity) - 1)
  return preferNamed(recent.length > 0 ? recent : wrong, failed)[0]
}

/** Those of a protocol and host the step names, as far as there are any. */
function preferNamed(messages: readonly EvidenceMessage[], { text = '' }: FailedStep): readonly EvidenceMessage[] {
  const words = new Set(text.toLowerCase().match(/[a-z][a-z0-9]*/g) ?? [])
  const isNamed = (name: string) => words.has(name.toLowerCase()) || words.has(name.toLowerCase().replace(/\d+$/, ''))
  const narrowed = (list: readonly EvidenceMessage[], test: (message: EvidenceMessage) => boolean) =>
    list.some(test) ? list.filter(test) : list
  const ofProtocol = narrowed(messages, ({ protocol }) => isNamed(protocol))
  return narrowed(ofProtocol, ({ from, to }) => isNamed(from) || isNamed(to))
}

function isNoKeepalive({ protocol, summary }: EvidenceMessage): boolean {
  return protocol !== 'DNS' && !(protocol === 'SIP' && summary.includes('OPTIONS'))
}

function messageLine(message: EvidenceMessage, isMarked: boolean, width: number): string {
  const { number, milliseconds, from, to, protocol, summary, isLost } = message
  const text = `${isMarked ? '>' : ' '} #${number} ${milliseconds.toFixed(1)} ms ${from} → ${to} ${protocol} ${summary}${isLost ? ' (lost)' : ''}`
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
