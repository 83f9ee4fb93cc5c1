import { stripVTControlCharacters } from 'node:util'
import type { Envelope, GherkinDocument, Pickle, TestStepResult } from '@cucumber/messages'
import type { EvidenceRecord, ScenarioOutcome, ScenarioResult } from '#reports/results.ts'

interface Running {
  readonly pickle: Pickle
  readonly started: number
  readonly steps: { text: string; result: string; milliseconds: number }[]
  readonly notes: { evidence?: string; records?: EvidenceRecord[]; unsupported?: string; environment?: string }
  problem?: string
  worst: string
}

const evidenceMediaType = 'application/x-mra-evidence+json'

/** Is told how a run goes on. */
export interface RunListener {
  /** Before the first of so many scenarios. */
  begin(scenarios: number): void
  /** As each ends. */
  scenario(result: ScenarioResult): void
}

/** From cucumber's messages to our results, one scenario at a time. */
export class ScenarioCollector {
  readonly #relative: (path: string) => string
  readonly #listener: RunListener
  readonly #documents = new Map<string, GherkinDocument>()
  readonly #pickles = new Map<string, Pickle>()
  readonly #testCases = new Map<string, { pickleId: string; stepTexts: Map<string, string> }>()
  readonly #running = new Map<string, Running>()
  readonly #results: ScenarioResult[] = []
  readonly #troubles: string[] = []
  #hasBegun = false

  constructor(relative: (path: string) => string, listener: RunListener) {
    this.#relative = relative
    this.#listener = listener
  }

  results(): ScenarioResult[] {
    return this.#results
  }

  /** What went wrong outside every scenario: in what opens and closes the run. */
  troubles(): readonly string[] {
    return this.#troubles
  }

  take(envelope: Envelope): void {
    const hook = envelope.testRunHookFinished?.result
    if (hook?.status === 'FAILED') this.#troubles.push(cleaned(hook.message ?? 'a hook of the run failed'))
    const exception = envelope.testRunFinished?.exception
    if (exception !== undefined) this.#troubles.push(cleaned(exception.message ?? exception.type))
    if (envelope.gherkinDocument?.uri !== undefined)
      this.#documents.set(envelope.gherkinDocument.uri, envelope.gherkinDocument)
    if (envelope.pickle !== undefined) this.#pickles.set(envelope.pickle.id, envelope.pickle)
    if (envelope.parseError !== undefined) throw new Error(`feature file: ${envelope.parseError.message}`)
    if (envelope.testCase !== undefined) {
      const pickle = this.#pickles.get(envelope.testCase.pickleId)!
      const texts = new Map(pickle.steps.map((step) => [step.id, step.text]))
      const stepTexts = new Map(
        envelope.testCase.testSteps.map(({ id, pickleStepId }) => [id, texts.get(pickleStepId ?? '') ?? '']),
      )
      this.#testCases.set(envelope.testCase.id, { pickleId: pickle.id, stepTexts })
    }
    if (envelope.testCaseStarted !== undefined) {
      const { id, testCaseId } = envelope.testCaseStarted
      if (!this.#hasBegun) this.#listener.begin(this.#testCases.size)
      this.#hasBegun = true
      const pickle = this.#pickles.get(this.#testCases.get(testCaseId)!.pickleId)!
      this.#running.set(id, { pickle, started: performance.now(), steps: [], notes: {}, worst: 'PASSED' })
    }
    if (envelope.attachment?.mediaType === evidenceMediaType) {
      const running = this.#running.get(envelope.attachment.testCaseStartedId ?? '')
      if (running !== undefined) Object.assign(running.notes, JSON.parse(envelope.attachment.body))
    }
    if (envelope.testStepFinished !== undefined) {
      const { testCaseStartedId, testStepId, testStepResult } = envelope.testStepFinished
      this.#stepFinished(this.#running.get(testCaseStartedId)!, testStepId, testStepResult)
    }
    if (envelope.testCaseFinished !== undefined) this.#caseFinished(envelope.testCaseFinished.testCaseStartedId)
  }

  #stepFinished(running: Running, testStepId: string, { status, message, duration }: TestStepResult): void {
    const milliseconds = duration.seconds * 1000 + duration.nanos / 1e6
    const text =
      [...this.#testCases.values()]
        .map(({ stepTexts }) => stepTexts.get(testStepId))
        .find((found) => found !== undefined) ?? ''
    if (text !== '') running.steps.push({ text, result: status.toLowerCase(), milliseconds })
    if (severity.indexOf(status) > severity.indexOf(running.worst)) running.worst = status
    if (message !== undefined) running.problem ??= `${text === '' ? '' : `at "${text}": `}${cleaned(message)}`
    if (status === 'UNDEFINED') running.problem ??= `no step says "${text}"`
    if (status === 'AMBIGUOUS') running.problem ??= `several steps say "${text}"`
  }

  #caseFinished(id: string): void {
    const running = this.#running.get(id)!
    this.#running.delete(id)
    const { pickle, notes, steps } = running
    const place = this.#placeOf(pickle)
    const tags = pickle.tags.map(({ name }) => name)
    const ids = tags.map((tag) => tag.slice(1)).filter((tag) => /^[A-Z]+(-[A-Z0-9]+)*-\d\d$/.test(tag))
    const problem = notes.unsupported ?? running.problem
    const uri = this.#relative(pickle.uri)
    const result: ScenarioResult = {
      title: pickle.name,
      feature: place.feature,
      ...(place.rule === undefined ? {} : { rule: place.rule }),
      uri,
      line: place.line,
      ids,
      tags,
      ...(notes.environment === undefined ? {} : { environment: notes.environment }),
      result: outcomeOf(running),
      milliseconds: performance.now() - running.started,
      ...(problem === undefined ? {} : { problem }),
      steps,
      ...(notes.evidence === undefined ? {} : { evidence: notes.evidence }),
      records: notes.records ?? [],
      again: `npx mra test ${uri}:${place.line}`,
    }
    this.#results.push(result)
    this.#listener.scenario(result)
  }

  #placeOf(pickle: Pickle): { feature: string; rule?: string; line: number } {
    const feature = this.#documents.get(pickle.uri)?.feature
    for (const child of feature?.children ?? []) {
      const scenarios = child.rule === undefined ? [child.scenario] : child.rule.children.map((inner) => inner.scenario)
      const scenario = scenarios.find(
        (candidate) => candidate !== undefined && pickle.astNodeIds.includes(candidate.id),
      )
      if (scenario === undefined) continue
      const row = scenario.examples
        .flatMap(({ tableBody }) => tableBody)
        .find(({ id }) => pickle.astNodeIds.includes(id))
      return {
        feature: feature!.name,
        ...(child.rule === undefined ? {} : { rule: child.rule.name }),
        line: row?.location.line ?? scenario.location.line,
      }
    }
    return { feature: feature?.name ?? '', line: 0 }
  }
}

const severity = ['UNKNOWN', 'PASSED', 'SKIPPED', 'PENDING', 'UNDEFINED', 'AMBIGUOUS', 'FAILED']

function outcomeOf({ worst, notes, problem }: Running): ScenarioOutcome {
  if (notes.unsupported !== undefined) return 'unsupported'
  if (worst === 'PASSED') return 'passed'
  if (worst === 'UNDEFINED' || worst === 'AMBIGUOUS' || worst === 'PENDING') return 'harness error'
  if (worst === 'SKIPPED') return 'not run'
  return problem !== undefined && /MRA_CHILD_FAILED|EADDRINUSE|MRA_NO_FREE_LAB/.test(problem)
    ? 'harness error'
    : 'failed'
}

/** Without colours, and without the frames of the runner, which help nobody who reads a report. */
function cleaned(message: string): string {
  return stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => !/^\s+at .*(node_modules|node:internal)/.test(line))
    .join('\n')
}
