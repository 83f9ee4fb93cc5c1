import {
  After,
  AfterAll,
  AfterStep,
  Before,
  BeforeAll,
  BeforeStep,
  setDefaultTimeout,
  Status,
} from '@cucumber/cucumber'
import { spawnSync } from 'node:child_process'
import { readRegister } from '#guide/register.ts'
import { isInPrivateFabric } from '#lab/fabric/private.ts'
import { lifelineTitles } from '#lab/evidence/lifeline-titles.ts'
import { administratorNumber } from '#lab/surroundings.ts'
import type { ScenarioStep } from '#lab/evidence/scenario-step.ts'
import { writeEvidence } from '#lab/evidence/write-evidence.ts'
import { timelineOf } from '#lab/evidence/timeline.ts'
import { LeftBehind } from '#lab/left-behind/left-behind.ts'
import { Snapshots } from '#lab/vcs/snapshots.ts'
import type { EndpointProcesses } from '#lab/roles/endpoints.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { realMonotonicClock } from '#runtime/clock.ts'
import { evidenceMediaType } from './media-type.ts'
import { refusalsAtClients } from './refusals.ts'
import type { LabWorld } from './world.ts'

setDefaultTimeout(60_000)

/** The warm client processes of the run: what BeforeAll opens, AfterAll ends. What each statement says. */
const run: {
  endpoints: EndpointProcesses | undefined
  readonly snapshots: Snapshots
  /** Undefined where there is no `ss` to look with. */
  leftBehind: LeftBehind | undefined
  statements: Readonly<Record<string, string>>
} = {
  endpoints: undefined,
  snapshots: new Snapshots(),
  leftBehind: undefined,
  statements: {},
}

BeforeAll(function () {
  run.statements = Object.fromEntries(readRegister().map(({ id, statement }) => [id, statement]))
  run.leftBehind = hasProgram('ss') ? new LeftBehind() : undefined
  run.endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
})

AfterAll(async function () {
  await run.endpoints?.stop()
  await run.leftBehind?.[Symbol.asyncDispose]()
})

Before(function (this: LabWorld, { pickle }) {
  this.endpointProcesses = run.endpoints!
  this.snapshots = run.snapshots
  this.leftBehind = run.leftBehind
  const missing = pickle.tags
    .filter(({ name }) => name.startsWith('@needs:'))
    .map(({ name }) => name.slice('@needs:'.length))
    .filter((program) => !hasProgram(program))
  if (pickle.tags.some(({ name }) => name === '@private-fabric') && !isInPrivateFabric()) {
    missing.push('a network namespace of its own')
  }
  if (missing.length === 0) return undefined
  this.attach(JSON.stringify({ unsupported: `needs ${missing.join(', ')}` }), evidenceMediaType)
  return 'skipped'
})

BeforeStep(function (this: LabWorld, { pickleStep: { id, text } }) {
  this.steps.push({ id, text, result: 'running', milliseconds: 0, at: realMonotonicClock.now() })
})

AfterStep(function (this: LabWorld, { result }) {
  const step = this.steps.pop()!
  const milliseconds = Number(realMonotonicClock.now() - step.at!) / 1e6
  this.steps.push({ ...step, result: result.status.toLowerCase(), milliseconds, ...saysOf(result.message) })
})

After(async function (this: LabWorld, { pickle, result }) {
  const starting = this.labIfStarted
  if (starting === undefined) return
  const lab = await starting.catch(() => undefined)
  if (lab === undefined) return
  try {
    const timeline = timelineOf(await lab.events())
    const clients = lab.endpoints().map(({ user }) => user.id)
    const unexplained = refusalsAtClients(timeline, clients).filter((message) => !this.isExpectedRefusal(message))
    const evidence = await writeEvidence({
      folder: this.parameters.outFolder,
      title: pickle.name,
      ids: idsOf(pickle.tags),
      timeline,
      shown: this.shown,
      passed: result?.status === Status.PASSED && unexplained.length === 0,
      steps: stepsOf(this, pickle.steps),
      statements: run.statements,
      titles: {
        ...lifelineTitles(lab.topology),
        [lab.fabric.address('inside', administratorNumber)]: 'administrator',
      },
    })
    const { environment } = this
    this.attach(
      JSON.stringify({ evidence: evidence.folder, records: evidence.records, environment }),
      evidenceMediaType,
    )
    if (result?.status === Status.PASSED) {
      if (unexplained.length > 0) {
        const list = unexplained.map(({ summary, from, to, number }) => `#${number} ${from} → ${to}: ${summary}`)
        throw new Error(`refusals no step asked about:\n  ${list.join('\n  ')}`)
      }
      if (idsOf(pickle.tags).length > 0 && this.shown.length === 0) {
        throw new Error(`the scenario claims ${idsOf(pickle.tags).join(', ')} and shows no message or record for it`)
      }
    }
  } finally {
    await lab.stop()
  }
})

function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

/** What ran, and behind it what was not reached. */
function stepsOf(world: LabWorld, steps: readonly { id: string; text: string }[]): ScenarioStep[] {
  return steps.map(
    ({ id, text }) => world.steps.find((step) => step.id === id) ?? { text, result: 'skipped', milliseconds: 0 },
  )
}

/** A failed step's message without the frames of the call stack. */
function saysOf(message: string | undefined): { says?: string } {
  if (message === undefined) return {}
  const lines = message.split('\n').filter((line) => !/^\s+at \S/.test(line))
  return { says: lines.join('\n').trim() }
}

function idsOf(tags: readonly { name: string }[]): string[] {
  return tags.map(({ name }) => name.slice(1)).filter((name) => /^[A-Z]+(-[A-Z0-9]+)*-\d\d$/.test(name))
}
