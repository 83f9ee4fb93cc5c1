/**
 * Records two demonstrations with tcpdump on the loopback interface of the network namespace it runs in:
 * `demo.pcap` and `demo.txt` of the command `mra demo`, then `beside.pcap` of a lab of its own with the capture that
 * the lab itself writes, `wire.pcapng`, and the secrets, `keys.log`. Usage: record-demonstrations.ts FOLDER
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { timelineOf } from '../../evidence/timeline.ts'
import { keyLogOf, wireCapture } from '../../evidence/wire-capture.ts'
import { Lab } from '../../lab.ts'
import { demonstrate } from '../../operator/demonstration.ts'
import { openEndpointProcesses } from '../../roles/endpoints.ts'
import { waitFor } from '#runtime/wait.ts'
import { watchNetwork } from '../watched-network.ts'
import { mraCommand } from './mra-command.ts'

const folder = process.argv[2]!
const file = (name: string) => join(folder, name)
const pkiFolder = fileURLToPath(new URL('../../../.mra/pki', import.meta.url))
const wholeLoopback = '127.0.0.0/8'

await recordCommand()
await recordLab()

async function recordCommand(): Promise<void> {
  const tcpdump = await watchNetwork(file('demo.pcap'), wholeLoopback)
  const [program, ...words] = mraCommand('demo', '--once', '--seed', '7')
  const shown = execFileSync(program, words, { encoding: 'utf8', timeout: 30_000 })
  await tcpdump.stop()
  writeFileSync(file('demo.txt'), shown)
}

async function recordLab(): Promise<void> {
  await using endpoints = openEndpointProcesses(['jabber', 'tc', 'phone'])
  const tcpdump = await watchNetwork(file('beside.pcap'), wholeLoopback)
  await using lab = await Lab.start({ seed: 7, endpoints, pkiFolder })
  for await (const stage of demonstrate(lab)) {
    if (!stage.passed) throw new Error(`${stage.title}: ${stage.detail}`)
  }
  await silence(lab)
  await tcpdump.stop()
  const events = await lab.events()
  writeFileSync(file('wire.pcapng'), wireCapture(timelineOf(events), 'demonstration').file)
  writeFileSync(file('keys.log'), keyLogOf(events))
  writeFileSync(file('lab.txt'), String(lab.fabric.lab))
}

/** Until nothing has been sent for a while: both captures then end with the same packet. */
async function silence(lab: Lab): Promise<void> {
  let seen = -1
  await waitFor(
    'the wire to be silent',
    async () => {
      const before = seen
      seen = (await lab.events()).length
      return seen === before
    },
    { everyMs: 300, lastSeen: () => seen },
  )
}
