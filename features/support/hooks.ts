import { After, AfterAll, Before, BeforeAll, setDefaultTimeout, Status } from '@cucumber/cucumber'
import { spawnSync } from 'node:child_process'
import { writeEvidence } from '#lab/evidence/write-evidence.ts'
import { timelineOf } from '#lab/evidence/timeline.ts'
import type { EndpointProcesses } from '#lab/roles/endpoints.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { evidenceMediaType } from './media-type.ts'
import { refusalsAtClients } from './refusals.ts'
import type { LabWorld } from './world.ts'

setDefaultTimeout(60_000)

/** The warm client processes of the run: what BeforeAll opens, AfterAll ends. */
const run: { endpoints: EndpointProcesses | undefined } = { endpoints: undefined }

BeforeAll(function () {
  run.endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
})

AfterAll(async function () {
  await run.endpoints?.stop()
})

Before(function (this: LabWorld, { pickle }) {
  this.endpointProcesses = run.endpoints!
  const missing = pickle.tags
    .filter(({ name }) => name.startsWith('@needs:'))
    .map(({ name }) => name.slice('@needs:'.length))
    .filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  if (missing.length === 0) return undefined
  this.attach(JSON.stringify({ unsupported: `needs ${missing.join(', ')}` }), evidenceMediaType)
  return 'skipped'
})

After(async function (this: LabWorld, { pickle, result }) {
  const starting = this.labIfStarted
  if (starting === undefined) return
  const lab = await starting.catch(() => undefined)
  if (lab === undefined) return
  try {
    const timeline = timelineOf(await lab.events())
    const clients = lab.topology.users.map((user) => user.id)
    const unexplained = refusalsAtClients(timeline, clients).filter((message) => !this.isExpectedRefusal(message))
    const evidence = await writeEvidence({
      folder: this.parameters.outFolder,
      title: pickle.name,
      ids: idsOf(pickle.tags),
      timeline,
      shown: this.shown,
      passed: result?.status === Status.PASSED && unexplained.length === 0,
    })
    this.attach(JSON.stringify({ evidence: evidence.folder, records: evidence.records }), evidenceMediaType)
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

function idsOf(tags: readonly { name: string }[]): string[] {
  return tags.map(({ name }) => name.slice(1)).filter((name) => /^[A-Z]+(-[A-Z0-9]+)*-\d\d$/.test(name))
}
