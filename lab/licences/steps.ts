import type { CallKind } from './ledger.ts'
import { callKinds } from './ledger.ts'

/** Calls of one kind, one after the other or all set up at the same time; or some that end. */
export interface Step {
  readonly text: string
  readonly action: 'begin' | 'begin at once' | 'end'
  readonly number: number
  readonly kind: StepKind
}

/** `mra-pair`: a conversation of two endpoints outside. */
export const stepKinds = [...callKinds, 'mra-pair'] as const
export type StepKind = CallKind | 'mra-pair'

export type ReadSteps = { readonly steps: readonly Step[] } | { readonly problem: string }

/** Reads `20 audio, 2 video at once, end 1 audio`. */
export function readSteps(text: string): ReadSteps {
  const parts = text
    .split(',')
    .map((part) => part.trim().replaceAll(/\s+/g, ' '))
    .filter((part) => part !== '')
  if (parts.length === 0) return { problem: `no step in "${text}"; ${example}` }
  const steps: Step[] = []
  for (const part of parts) {
    const read = readStep(part)
    if ('problem' in read) return read
    steps.push(read)
  }
  const calls = steps.reduce((sum, { number }) => sum + number, 0)
  return calls > mostCalls ? { problem: `${calls} calls are too many; at most ${mostCalls}` } : { steps }
}

function readStep(text: string): Step | { readonly problem: string } {
  const found = /^(end )?(\S+) (\S+)( at once)?$/i.exec(text)
  if (found === null) return { problem: `cannot read "${text}"; ${example}` }
  const [, isEnd, count, word, atOnce] = found
  if (!/^\d{1,6}$/.test(count!) || Number(count) === 0) {
    return { problem: `"${count}" in "${text}" is no number of calls; ${example}` }
  }
  const kind = kindOf(word!)
  if (kind === undefined) return { problem: `unknown kind of call "${word}"; known: ${stepKinds.join(', ')}` }
  if (isEnd !== undefined && atOnce !== undefined) return { problem: `"at once" says nothing about an end: "${text}"` }
  const action = isEnd !== undefined ? 'end' : atOnce !== undefined ? 'begin at once' : 'begin'
  return { text, action, number: Number(count), kind }
}

function kindOf(word: string): StepKind | undefined {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[-.]/g, '')
  return stepKinds.find((kind) => bare(kind) === bare(word) || `${bare(kind)}s` === bare(word))
}

const mostCalls = 20_000
const example = 'for example "20 audio, 90 video, 2 audio at once, end 1 video"'
