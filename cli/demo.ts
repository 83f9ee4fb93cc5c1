import { Lab } from '#lab/lab.ts'
import type { Placement } from '#lab/options.ts'
import { demonstrate } from '#lab/operator/demonstration.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { ladderText } from '#lab/evidence/ladder-text.ts'
import { timelineOf } from '#lab/evidence/timeline.ts'
import { ExitCode } from './exit-code.ts'
import { addressTable } from './address-table.ts'
import { interrupted, onUsableFabric, pkiFolder, say, webrtcRoom } from './operate.ts'
import { printStage } from './print-stage.ts'

export interface DemoOptions {
  readonly once?: boolean
  readonly seed: string
  readonly placement: string
  readonly sabotage?: string
}

/** `npm start`: the deployment, the first sign-in and calls, the ladder, the addresses; up until Ctrl-C. */
export async function demo(options: DemoOptions): Promise<void> {
  if (options.sabotage !== undefined && options.sabotage !== 'srtp-key') {
    throw Object.assign(new Error(`unknown sabotage "${options.sabotage}"; known: srtp-key`), { code: 'MRA_USAGE' })
  }
  await onUsableFabric('loopback', (enter) => run(options, enter))
}

async function run(options: DemoOptions, enter: string | null): Promise<number> {
  await using endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
  const started = performance.now()
  say(`MRA Conformance: single network elements, seed ${options.seed}. Not a Cisco product.`)
  await using lab = await Lab.start({
    placement: options.placement as Placement,
    seed: options.seed,
    endpoints,
    pkiFolder,
    clientOptions: {
      ...webrtcRoom,
      ...(options.sabotage === undefined ? {} : { alice: { sabotage: { srtpKeyBit: true } } }),
    },
  })
  printStage({
    title: 'deployment up',
    passed: true,
    milliseconds: performance.now() - started,
    detail: `${lab.hosts().length} hosts, lab 127.${lab.fabric.lab}`,
  })
  let failures = 0
  for await (const stage of demonstrate(lab)) {
    printStage(stage)
    if (!stage.passed) failures++
  }
  const timeline = timelineOf(await lab.events())
  const first = timeline.entries.findIndex((entry) => entry.kind === 'message' && entry.summary.startsWith('REGISTER'))
  const shown = { ...timeline, entries: timeline.entries.slice(Math.max(0, first)) }
  say(`\nSIP, from the first REGISTER to the last BYE\n${ladderText(shown, { protocols: ['SIP'], skip: ['note'] })}`)
  say(addressTable(lab.describe(enter)))
  if (failures > 0) say(`${failures} stages failed`)
  if (options.once !== true) {
    say('The lab stays up for your own clients. Ctrl-C ends it.')
    await interrupted()
  }
  return failures === 0 ? ExitCode.passed : ExitCode.failed
}
