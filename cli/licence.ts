import type { StepAnswer } from '#lab/licences/answer.ts'
import { answerSteps } from '#lab/licences/answer.ts'
import type { ExampleRun, LicenceExample } from '#lab/licences/examples.ts'
import { licenceExamples } from '#lab/licences/examples.ts'
import type { Installed } from '#lab/licences/ledger.ts'
import type { RuleId, Size } from '#lab/licences/rules.ts'
import { licenceRules, sizes } from '#lab/licences/rules.ts'
import { readSteps } from '#lab/licences/steps.ts'
import { column, say } from './operate.ts'

export interface LicenceOptions {
  readonly traversal?: string
  readonly nonTraversal?: string
  readonly size?: string
  readonly list?: boolean
  readonly json?: boolean
}

/** `mra licence`: which calls stand, what they use and which rule decides. */
export function licence(words: readonly string[], options: LicenceOptions): void {
  if (options.list === true) return list(options)
  const asked = words.join(' ').trim()
  if (asked === '') throw usage('say which calls, for example "20 audio, 90 video", or an example of --list such as E2')
  const example = licenceExamples.find(({ id }) => id === asked.toUpperCase())
  if (example === undefined && /^e\d+$/i.test(asked)) {
    throw usage(`unknown example "${asked}"; known: ${licenceExamples.map(({ id }) => id).join(', ')}`)
  }
  if (example !== undefined) return answerExample(example, options)
  const run = answeredRun({ ...installedBy(options), steps: asked })
  if (options.json === true) return printJson(run)
  printRun(run)
  printRules([run])
}

interface AnsweredRun {
  readonly installed: Required<Pick<Installed, 'traversal' | 'nonTraversal' | 'size'>>
  readonly limits: (typeof sizes)[Size]
  readonly steps: readonly StepAnswer[]
}

function answeredRun({ traversal = 0, nonTraversal = 0, size = 'standard', steps }: ExampleRun): AnsweredRun {
  const read = readSteps(steps)
  if ('problem' in read) throw usage(read.problem)
  const installed = { traversal, nonTraversal, size }
  return { installed, limits: sizes[size], steps: answerSteps(installed, read.steps) }
}

function answerExample(example: LicenceExample, options: LicenceOptions): void {
  const given = (['traversal', 'nonTraversal', 'size'] as const).find((name) => options[name] !== undefined)
  if (given !== undefined) throw usage(`${example.id} has licences and a size of its own; leave the options out`)
  const { id, text, answer } = example
  const runs = example.runs.map(answeredRun)
  if (options.json === true) return printJson({ id, text, answer, runs })
  say(`${id}  ${text}\n    ${answer}`)
  for (const run of runs) {
    say('')
    printRun(run)
  }
  printRules(runs)
}

function list({ json }: LicenceOptions): void {
  if (json === true) {
    const examples = licenceExamples.map((example) => ({ ...example, runs: example.runs.map(answeredRun) }))
    return printJson({ examples, rules: licenceRules })
  }
  for (const { id, text, answer } of licenceExamples) say(`${column(id, 4)} ${text}\n     → ${answer}`)
}

function installedBy({ traversal, nonTraversal, size }: LicenceOptions): Omit<ExampleRun, 'steps'> {
  return {
    traversal: licencesIn('--traversal', traversal),
    nonTraversal: licencesIn('--non-traversal', nonTraversal),
    size: sizeIn(size),
  }
}

function licencesIn(option: string, given = '0'): number {
  if (!/^\d{1,6}$/.test(given)) throw usage(`${option} ${given}: not a number of licences, such as 100`)
  return Number(given)
}

function sizeIn(given = 'standard'): Size {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, '')
  const names = Object.keys(sizes) as Size[]
  const found = names.find((name) => bare(name) === bare(given) || bare(name) === `${bare(given)}vm`)
  if (found === undefined) throw usage(`--size ${given}: unknown; known: ${names.join(', ')}`)
  return found
}

function usage(message: string): Error {
  return Object.assign(new Error(message), { code: 'MRA_USAGE' })
}

function printJson(document: unknown): void {
  process.stdout.write(JSON.stringify(document) + '\n')
}

function printRun({ installed, limits, steps }: AnsweredRun): void {
  const { traversal, nonTraversal, size } = installed
  say(`${size}: ${traversal} traversal and ${nonTraversal} non-traversal licences`)
  say(line(['step', 'accepted', 'refused', 'licences', 'resources', 'non-traversal', 'rule']))
  for (const step of steps) {
    const { accepted, refused, ended, registrations } = step
    const cells = [
      step.step,
      ended > 0 ? `${ended} ended` : String(accepted),
      String(refused),
      `${halves(step.licences)}/${traversal}`,
      `${step.resources}/${limits.resources}`,
      `${step.nonTraversal}/${nonTraversal}`,
      step.rule ?? '',
    ]
    say(line(cells))
    if (step.licencesInSetUp > step.licences && step.step.toLowerCase().endsWith('at once')) {
      say(`  ${halves(step.licencesInSetUp)}/${traversal} licences while they were set up`)
    }
    if (registrations > 0) say(`  ${registrations}/${limits.registrations} registrations`)
  }
}

function line(cells: readonly string[]): string {
  const widths = [27, 9, 8, 12, 10, 14]
  return cells
    .map((cell, index) => (index < widths.length ? column(cell, widths[index]!) : cell))
    .join(' ')
    .trimEnd()
}

function printRules(runs: readonly AnsweredRun[]): void {
  const used = new Set(runs.flatMap(({ steps }) => steps.flatMap(({ rule }) => rule ?? [])))
  say('')
  for (const id of (Object.keys(licenceRules) as RuleId[]).filter((each) => used.has(each))) {
    const rule = licenceRules[id]
    const reading = 'reading' in rule ? `; our reading: ${rule.reading}` : ''
    say(`${column(id, 4)} ${rule.text}`)
    say(`     guide: ${rule.statements.join(', ')}${reading}`)
  }
}

function halves(licences: number): string {
  return Number.isInteger(licences) ? String(licences) : licences.toFixed(1)
}
