import { Lab } from '#lab/lab.ts'
import type { Placement } from '#lab/options.ts'
import { ApiRecording } from '#lab/vcs/api-recording.ts'
import { firstCall } from '#lab/operator/demonstration.ts'
import type { FirewallProfile } from '#lab/fabric/static-nat.ts'
import { firewallProfiles } from '#lab/fabric/static-nat.ts'
import { needsPrivateFabric, NotDeployable, obstacleTo } from '#lab/surroundings.ts'
import { knownTopologies, readTopology } from '#lab/topology/topology.ts'
import { openEndpointProcesses } from '#lab/roles/endpoints.ts'
import { addressTable } from './address-table.ts'
import { column, firewallNeedsIt, interrupted, onUsableFabric, pkiFolder, say, webrtcRoom } from './operate.ts'
import { printStage } from './print-stage.ts'

export interface LabCommandOptions {
  readonly list?: boolean
  readonly topology: string
  readonly placement: string
  readonly fabric: string
  readonly firewall: string
  readonly seed: string
  readonly json?: boolean
  readonly once?: boolean
  readonly empty?: boolean
  readonly record?: string
}

/** `mra lab`: a deployment to use. With `--json` standard output holds exactly one JSON line. */
export async function lab(options: LabCommandOptions): Promise<void> {
  for (const [name, value, known] of [
    ['placement', options.placement, ['inline', 'process']],
    ['fabric', options.fabric, ['loopback', 'private']],
    ['firewall', options.firewall, firewallProfiles],
  ] as const) {
    if (!(known as readonly string[]).includes(value)) {
      throw Object.assign(new Error(`unknown ${name} "${value}"; known: ${known.join(', ')}`), { code: 'MRA_USAGE' })
    }
  }
  if (options.list === true) {
    for (const { name, title } of knownTopologies().map(readTopology)) say(`${column(name, 20)} ${title}`)
    return
  }
  const topology = readTopology(options.topology)
  const firewall = options.firewall as FirewallProfile
  if (firewall !== 'reflection' && !needsPrivateFabric(topology)) {
    const says = `topology ${topology.name} has no static NAT: --firewall ${firewall} is for --topology static-nat`
    throw Object.assign(new Error(says), { code: 'MRA_USAGE' })
  }
  const obstacle = obstacleTo(topology, firewall)
  if (obstacle !== undefined) throw new NotDeployable(obstacle)
  if (needsPrivateFabric(topology)) {
    await onUsableFabric('private', (enter) => run(options, enter), firewallNeedsIt)
  } else await onUsableFabric(options.fabric as 'loopback' | 'private', (enter) => run(options, enter))
}

async function run(options: LabCommandOptions, enter: string | null): Promise<number> {
  const recording = options.record === undefined ? undefined : new ApiRecording(options.record)
  await using endpoints = openEndpointProcesses(['jabber', 'phone'])
  await using running = await Lab.start({
    topology: options.topology,
    placement: options.placement as Placement,
    seed: options.seed,
    traceLevel: 'off',
    endpoints,
    pkiFolder,
    clientOptions: webrtcRoom,
    ...(options.empty === true ? { emptyVcs: true } : {}),
    onApiCall: (host, call) => recording?.add(host, call),
  })
  if (recording !== undefined) recording.write(running)
  await signInInside(running)
  const description = running.describe(enter)
  if (options.json === true) process.stdout.write(JSON.stringify(description) + '\n')
  else process.stdout.write(addressTable(description))
  if (options.once === true) return 0
  if (options.json !== true) {
    if (process.stdin.isTTY) offerCalls(running)
    else say('\nCtrl-C (SIGINT or SIGTERM) ends the lab.')
  }
  await interrupted()
  return 0
}

/** Each Enter of the person at the keyboard tries the deployment as it stands now. */
function offerCalls(lab: Lab): void {
  say('\nEnter: Alice signs in from outside and calls the desk phone. Ctrl-C ends the lab.')
  let isBusy = false
  process.stdin.on('data', async () => {
    if (isBusy) return
    isBusy = true
    for await (const stage of firstCall(lab)) printStage(stage)
    isBusy = false
  })
}

/** Those inside are at their desks, so that an outside client has somebody to call; other companies' hosts are up. */
async function signInInside(lab: Lab): Promise<void> {
  const inside = lab.endpoints().filter(({ user }) => user.place === 'inside' || user.client === 'sip-device')
  const results = await Promise.all(inside.map((endpoint) => endpoint.signIn()))
  for (const [index, { error }] of results.entries()) {
    if (error !== undefined) throw new Error(`${inside[index]!.user.id} cannot sign in: ${error.says}`)
  }
}
