import { ladderText } from '#lab/evidence/ladder-text.ts'
import { fieldIssue, fieldIssues } from '#lab/faults/catalogue.ts'
import type { FieldIssue } from '#lab/faults/field-issue.ts'
import type { Phase } from '#lab/faults/reproduce.ts'
import { reproduce } from '#lab/faults/reproduce.ts'
import { Lab } from '#lab/lab.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { ExitCode } from './exit-code.ts'
import { column, mark, onUsableFabric, pkiFolder, say } from './operate.ts'

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
  await onUsableFabric('loopback', () => run(issue, options))
}

async function run(issue: FieldIssue, options: ReproOptions): Promise<number> {
  await using endpoints = openEndpointProcesses(['jabber', 'phone'])
  const started = performance.now()
  await using lab = await Lab.start({ seed: options.seed, endpoints, pkiFolder })
  say(
    `${issue.name}: single network elements up in ${Math.round(performance.now() - started)} ms, seed ${options.seed}`,
  )
  let isProved = true
  for await (const phase of reproduce(issue, lab)) {
    say(`${mark(phase.passed)} ${column(phase.name, 8)} ${phase.observation.says}`)
    if (phase.name === 'fault') explain(issue, phase, options)
    isProved &&= phase.passed
  }
  say(
    isProved
      ? `symptom reproduced and gone again; replay: npx mra repro ${issue.name} --seed ${options.seed}`
      : 'NOT reproduced as described',
  )
  return isProved ? ExitCode.passed : ExitCode.failed
}

function explain(issue: FieldIssue, phase: Phase, options: ReproOptions): void {
  field('symptom', issue.symptom)
  field('cause', issue.cause)
  field('admin sees', issue.adminSees)
  field('tell-tale', issue.tellTale)
  for (const other of issue.lookAlikes) field('not this', other)
  field('remedy', issue.remedy)
  field('guide', issue.guide)
  if (options.ladder !== true) return
  const shown = phase.timeline.messages.find(issue.isSymptomMessage)
  say(`\n${ladderText(phase.timeline, { protocols: [shown?.protocol ?? 'SIP'], skip: ['media'] })}`)
}

/** A label and its text, broken between words to stay within 100 columns. */
function field(label: string, text: string): void {
  const indent = ' '.repeat(16)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || indent.length + last.length + 1 + word.length > 100) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  say(`     ${column(label, 10)} ${lines.join(`\n${indent}`)}`)
}
