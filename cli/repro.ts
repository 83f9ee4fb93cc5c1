import { displayedSummary } from '#lab/evidence/displayed.ts'
import { answerToSame, exchangeOf } from '#lab/evidence/exchange.ts'
import { ladderText } from '#lab/evidence/ladder-text.ts'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { fieldIssue, fieldIssues } from '#lab/faults/catalogue.ts'
import type { FieldIssue } from '#lab/faults/field-issue.ts'
import type { Phase } from '#lab/faults/reproduce.ts'
import { reproduce } from '#lab/faults/reproduce.ts'
import { Lab } from '#lab/lab.ts'
import { needsPrivateFabric } from '#lab/surroundings.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { readTopology } from '#lab/topology/topology.ts'
import { wrapped } from '#reports/render/failure-block.ts'
import { ExitCode } from './exit-code.ts'
import { column, mark, firewallNeedsIt, onUsableFabric, pkiFolder, say } from './operate.ts'

export interface ReproOptions {
  readonly list?: boolean
  readonly seed: string
  readonly ladder?: boolean
}

/** `mra repro`: a field issue from healthy to healthy, with its tell-tale and, if asked, the ladder of the failure. */
export async function repro(name: string | undefined, options: ReproOptions): Promise<void> {
  if (options.list === true || name === undefined) {
    for (const { name: known, symptom, guide } of fieldIssues())
      say(`${column(known, 34)} ${symptom}\n${' '.repeat(35)}guide: ${guide}`)
    if (name === undefined && options.list !== true) process.exitCode = ExitCode.usage
    return
  }
  const issue = fieldIssue(name)
  const fabric = needsPrivateFabric(readTopology(issue.topology ?? 'single')) ? 'private' : 'loopback'
  await onUsableFabric(fabric, () => run(issue, options), firewallNeedsIt)
}

async function run(issue: FieldIssue, options: ReproOptions): Promise<number> {
  await using endpoints = openEndpointProcesses(['jabber', 'phone'])
  const started = performance.now()
  const topology = issue.topology ?? 'single'
  await using lab = await Lab.start({ topology, seed: options.seed, endpoints, pkiFolder })
  say(`${issue.name}: ${lab.topology.title} up in ${Math.round(performance.now() - started)} ms, seed ${options.seed}`)
  let isProved = true
  let failing: FailingExchange | undefined
  for await (const phase of reproduce(issue, lab)) {
    say(`${mark(phase.passed)} ${column(phase.name, 8)} ${phase.observation.says}`)
    if (phase.name === 'fault') {
      explain(issue)
      failing = failingExchange(issue, phase)
      if (options.ladder === true) printExchange(failing, phase)
    }
    if (phase.name === 'mended' && options.ladder === true) printAnswer(failing, phase)
    isProved &&= phase.passed
  }
  say(
    isProved
      ? `symptom reproduced and gone again; replay: npx mra repro ${issue.name} --seed ${options.seed}`
      : 'NOT reproduced as described',
  )
  return isProved ? ExitCode.passed : ExitCode.failed
}

function explain(issue: FieldIssue): void {
  field('symptom', issue.symptom)
  field('cause', issue.cause)
  field('admin sees', issue.adminSees)
  field('tell-tale', issue.tellTale)
  for (const other of issue.lookAlikes) field('not this', other)
  field('remedy', issue.remedy)
  field('guide', issue.guide)
}

function field(name: string, text: string): void {
  wrapped(text, 100 - labelColumns).forEach((line, index) =>
    say(`${' '.repeat(5)}${index === 0 ? name : ''}`.padEnd(labelColumns) + line),
  )
}

const labelColumns = 16

interface FailingExchange {
  readonly messages: readonly TimelineMessage[]
  readonly answer: TimelineMessage
}

function failingExchange(issue: FieldIssue, { timeline: { messages } }: Phase): FailingExchange | undefined {
  const answer = messages.find(issue.isSymptomMessage)
  return answer === undefined ? undefined : { messages, answer }
}

/** Only the exchange that failed; the rest of the phase is in nobody's way. */
function printExchange(failing: FailingExchange | undefined, { timeline }: Phase): void {
  if (failing === undefined) return say('\nno message shows the symptom')
  const entries = exchangeOf(timeline.messages, failing.answer)
  say(`\n${ladderText({ ...timeline, entries })}`)
}

/** How the same request is answered after the remedy. */
function printAnswer(failing: FailingExchange | undefined, { timeline: { messages } }: Phase): void {
  const answer = failing === undefined ? undefined : answerToSame(messages, failing)
  if (answer !== undefined)
    field('answered', `${answer.protocol} ${displayedSummary(answer)}, ${answer.from} → ${answer.to}`)
}
