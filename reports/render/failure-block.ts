import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Statement } from '#guide/register.ts'
import type { ScenarioResult } from '../results.ts'
import type { EvidenceMessage, FailedStep } from './neighbours.ts'
import { divergence } from './neighbours.ts'
import { readProblem } from './problem.ts'

export interface FailureContext {
  readonly statements: readonly Statement[]
  /** Folder of the run: where the scenario's evidence is read from. */
  readonly folder: string
  /** How the folder is called in the block; the folder itself otherwise. */
  readonly shownFolder?: string
  /** Default 100. */
  readonly width?: number
}

/**
 * One block that can be pasted into a ticket: statement in the guide's section, step, expected and actual, the
 * message that went wrong with its neighbours, cause, remedy, the command to run it again, the evidence.
 */
export function failureBlock(scenario: ScenarioResult, context: FailureContext): string {
  const { width = 100, shownFolder = context.folder } = context
  const { step, says, expected, actual, cause, remedy } = readProblem(scenario)
  const fields: [string, string | undefined][] = [
    ...scenario.ids.map((id): [string, string] => [id, statementText(id, context.statements)]),
    ['step', step],
    ['says', says],
    ['expected', expected],
    ['actual', actual],
    ['messages', divergence(messagesOf(scenario, context.folder), failedStep(scenario, step), width - labelColumns)],
    ['cause', cause],
    ['remedy', remedy],
    ['again', scenario.again],
    ['evidence', scenario.evidence === undefined ? undefined : `${shownFolder}/${scenario.evidence}`],
  ]
  const head = `${scenario.result.toUpperCase()}  ${scenario.feature}: ${scenario.title}`
  const lines = fields.flatMap(([name, text]) => (text === undefined || text === '' ? [] : field(name, text, width)))
  return [...wrapped(head, width), ...lines].join('\n')
}

const labelColumns = 14

function statementText(id: string, statements: readonly Statement[]): string {
  const statement = statements.find((candidate) => candidate.id === id)
  return statement === undefined
    ? 'no such statement in the register'
    : `${statement.statement} (guide: ${statement.section})`
}

function field(name: string, text: string, width: number): string[] {
  // What is to be copied stays in one piece.
  const isOnePiece = name === 'again' || name === 'evidence'
  const lines = text.split('\n').flatMap((line) => (isOnePiece ? [line] : wrapped(line, width - labelColumns)))
  return lines.map((line, index) => (`  ${index === 0 ? name : ''}`.padEnd(labelColumns) + line).trimEnd())
}

/** Breaks at spaces; a word longer than the line is cut. A line that begins indented goes on indented. */
export function wrapped(line: string, width: number): string[] {
  const indent = /^ */.exec(line)![0].slice(0, Math.floor(width / 2))
  const lines: string[] = []
  let rest = line.trimEnd()
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const end = space > indent.length ? space : width
    lines.push(rest.slice(0, end))
    rest = indent + rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

function failedStep({ steps }: ScenarioResult, text: string | undefined): FailedStep {
  const index = steps.findIndex(({ result }) => result !== 'passed')
  return { ...(index === -1 ? {} : { number: index + 1 }), ...(text === undefined ? {} : { text }) }
}

function messagesOf({ evidence }: ScenarioResult, folder: string): EvidenceMessage[] {
  if (evidence === undefined) return []
  try {
    const lines = readFileSync(join(folder, evidence, 'messages.jsonl'), 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as EvidenceMessage)
  } catch (error) {
    // A run that was stopped may have left no messages; its block is then shorter.
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw error
  }
}
