import { Given, Then } from '@cucumber/cucumber'
import type { TimelineMedia } from '#lab/evidence/timeline.ts'
import type { VcsPlan } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { allSeen, Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** Media port plans by what is said of both VCSs. */
const mediaPorts: Readonly<Record<string, string>> = {
  'are new installations of X8.1': 'new installation',
  'run on Large VMs': 'Large VM',
  'were upgraded to X8.1': 'upgraded',
}

Given(
  /^both VCSs (are new installations of X8\.1|run on Large VMs|were upgraded to X8\.1)$/,
  function (this: LabWorld, words: string) {
    this.adapt((plan) => {
      if (plan.role !== 'control' && plan.role !== 'expressway') return plan
      const { installation, document } = plan.configuration as VcsPlan
      const configuration = { document, installation: { ...installation, mediaPorts: mediaPorts[words] } }
      return { ...plan, configuration }
    })
  },
)

Then(
  'the media of {int} calls goes to {int} pair(s) of multiplexed ports',
  async function (this: LabWorld, calls: number, pairs: number) {
    let found = { sources: new Set<string>(), destinations: new Set<string>() }
    await waitFor(
      `RTP of ${calls} calls from vcsc1 to vcse1`,
      async () => {
        const rtp = (await mediaRuns(this)).filter(
          ({ from, to, protocol }) => from === 'vcsc1' && to === 'vcse1' && protocol === 'RTP',
        )
        found = {
          sources: new Set(rtp.map(({ fromEndpoint }) => fromEndpoint)),
          destinations: new Set(rtp.map(({ toEndpoint }) => toEndpoint)),
        }
        return found.sources.size >= calls
      },
      { lastSeen: () => [...found.sources] },
    )
    const { sources, destinations } = found
    if (sources.size !== calls || destinations.size !== pairs)
      throw new Mismatch('RTP from vcsc1 to vcse1', { calls, pairs }, [...sources, ...destinations])
    this.showRecord('vcse1', `RTP of ${calls} calls from ${[...sources].join(', ')} to ${[...destinations].join(', ')}`)
  },
)

Then('no call has a port of its own in {int} to {int}', async function (this: LabWorld, first: number, last: number) {
  const isTraversal = ({ from, to }: TimelineMedia) =>
    (from === 'vcsc1' && to === 'vcse1') || (from === 'vcse1' && to === 'vcsc1')
  // On the Expressway's side of the traversal zone the ports are everybody's.
  const own = (await mediaRuns(this)).flatMap((run) => [
    ...(run.from === 'vcsc1' || (run.from === 'vcse1' && !isTraversal(run)) ? [run.fromEndpoint] : []),
    ...(run.to === 'vcsc1' || (run.to === 'vcse1' && !isTraversal(run)) ? [run.toEndpoint] : []),
  ])
  const found = own.filter((endpoint) => isWithin(Number(endpoint.split(':')[1]), first, last))
  if (own.length === 0 || found.length > 0) throw new Mismatch('ports of calls', `none in ${first}-${last}`, found)
  this.showRecord('vcse1', `${new Set(own).size} ports of calls, none in ${first}-${last}`)
})

Then(
  'session descriptions from {place} to {place} name ports {int} to {int}',
  async function (this: LabWorld, from: string, to: string, first: number, last: number) {
    const described = await allSeen(
      this,
      (message) => message.from === from && message.to === to && /^m=audio /m.test(message.bytes.toString('latin1')),
    )
    const ports = described.flatMap(({ bytes }) =>
      [...bytes.toString('latin1').matchAll(/^m=\S+ (\d+) |^a=rtcp:(\d+)/gm)].map(([, rtp, rtcp]) =>
        Number(rtp ?? rtcp),
      ),
    )
    const outside = ports.filter((port) => !isWithin(port, first, last))
    if (ports.length === 0 || outside.length > 0)
      throw new Mismatch(`ports in descriptions ${from} → ${to}`, `${first}-${last}`, ports)
    this.showMessage(described.at(-1)!)
  },
)

const isWithin = (port: number, first: number, last: number) => port >= first && port <= last

async function mediaRuns(world: LabWorld): Promise<TimelineMedia[]> {
  const { entries } = await world.timeline()
  return entries.filter((entry): entry is TimelineMedia => entry.kind === 'media' && /^S?RTC?P$/.test(entry.protocol))
}
