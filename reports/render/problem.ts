import type { ScenarioResult } from '../results.ts'

/** What the text of a problem tells, taken apart. */
export interface Problem {
  /** The step that failed. */
  readonly step?: string
  /** Its message, without the labelled lines below. */
  readonly says?: string
  readonly expected?: string
  readonly actual?: string
  readonly cause?: string
  readonly remedy?: string
}

const labels = {
  expected: 'expected',
  actual: 'actual',
  cause: 'cause',
  'likely cause': 'cause',
  remedy: 'remedy',
} as const
type Label = keyof typeof labels

/**
 * Reads `at "<step>": <message>`. Lines `expected: …`, `actual: …`, `likely cause: …` and `remedy: …` of the message
 * are its labelled parts; so are those of an assertion. Frames of the call stack are left out, secrets masked.
 */
export function readProblem({ problem, steps }: Pick<ScenarioResult, 'problem' | 'steps'>): Problem {
  const text = masked(problem ?? '')
  const match = /^at "(.*?)": ([^]*)$/.exec(text)
  const step = match?.[1] ?? steps.find(({ result }) => !['passed', 'skipped'].includes(result))?.text
  const parts: Record<string, string> = {}
  const says: string[] = []
  for (const line of (match?.[2] ?? text).split('\n')) {
    if (/^\s+at \S/.test(line)) continue
    const labelled = /^\s*(expected|actual|likely cause|cause|remedy)[ \t]*:[ \t]*(.+?),?$/i.exec(line)
    if (labelled === null) says.push(line.trimEnd())
    else parts[labels[labelled[1]!.toLowerCase() as Label]] ??= labelled[2]!
  }
  const message = says
    .join('\n')
    .replace(/\n{2,}/g, '\n')
    .trim()
  return { ...(step === undefined ? {} : { step }), ...(message === '' ? {} : { says: message }), ...parts }
}

/** Credentials that a message's text may carry into an error. */
export function masked(text: string): string {
  return text
    .replace(/^(.*?\b(?:(?:Proxy-)?Authorization|Cookie|Set-Cookie)[ \t]*:[ \t]*\S+).*$/gim, '$1 ••••')
    .replace(/(inline:)[^\s|;"]+/g, '$1••••')
    .replace(/(<(?:[\w.-]*(?:password|auth|response))(?:\s[^<>]*)?>)[^<]+/gi, '$1••••')
}
