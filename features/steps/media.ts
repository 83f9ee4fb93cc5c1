import { Then } from '@cucumber/cucumber'
import type { CapturedStream } from '#lab/evidence/captured-audio.ts'
import { capturedStreams, payloadOf, shareOfTone } from '#lab/evidence/captured-audio.ts'
import type { TimelineMedia } from '#lab/evidence/timeline.ts'
import { toneOf } from '#lab/operator/tones.ts'
import { clientUsers } from '#lab/topology/topology.ts'
import { waitFor } from '#runtime/wait.ts'
import { allSeen, briefly, Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

/** What each of the two received of the other, once there is enough of both to judge. */
async function streamsBetween(world: LabWorld, one: string, other: string): Promise<CapturedStream[]> {
  const lab = await world.lab()
  let seen: string[] = []
  return waitFor(
    `media between ${one} and ${other}, both ways`,
    async () => {
      const { events } = await world.timeline()
      const ways = [
        capturedStreams(events, addressOf(lab, one), other),
        capturedStreams(events, addressOf(lab, other), one),
      ].map((streams) => streams.filter(({ packets }) => packets.length >= fewestPackets))
      seen = ways.flat().map(({ from, to, packets }) => `${from} → ${to}: ${packets.length} packets`)
      return ways.every((streams) => streams.length > 0) && ways.flat()
    },
    { everyMs: 50, lastSeen: () => seen },
  )
}

/** Less is no stream to judge. */
const fewestPackets = 5
/** 20 ms of G.711; an SRTP packet has its tag besides. */
const frameBytes = 160

async function tones(world: LabWorld): Promise<number[]> {
  const users = clientUsers((await world.lab()).topology).map(({ id }) => id)
  return users.map((user) => toneOf(user, users, world.parameters.seed))
}

const greatestShare = async (world: LabWorld, stream: CapturedStream) =>
  Math.max(...(await tones(world)).map((hz) => shareOfTone(stream, hz)))

Then(
  'the media between {place} and {place} is readable by anybody',
  async function (this: LabWorld, one: string, other: string) {
    for (const stream of await streamsBetween(this, one, other)) {
      const share = await greatestShare(this, stream)
      // A lost packet on a busy machine spreads some of it; encrypted media has no share to speak of.
      if (share < 0.5) throw new Mismatch(`tone in ${stream.from} → ${stream.to}`, 'at least 0.5 of the energy', share)
      this.showRecord(other, `${stream.packets.length} packets ${stream.from} → ${stream.to}: tone ${share.toFixed(2)}`)
    }
  },
)

Then('the media between {place} and {place} is encrypted', async function (this: LabWorld, one: string, other: string) {
  const clear = await clearPayloads(this)
  for (const stream of await streamsBetween(this, one, other)) {
    const share = await greatestShare(this, stream)
    if (share > 0.2) throw new Mismatch(`tone in ${stream.from} → ${stream.to}`, 'none', share)
    const readable = stream.packets.filter((packet) => clear.has(payloadOf(packet).toString('latin1', 0, frameBytes)))
    if (readable.length > 0) throw new Mismatch(`clear payloads ${stream.from} → ${stream.to}`, 0, readable.length)
    const untagged = stream.packets.filter((packet) => payloadOf(packet).length === frameBytes)
    if (untagged.length > 0)
      throw new Mismatch(`packets without a tag ${stream.from} → ${stream.to}`, 0, untagged.length)
    this.showRecord(other, `${stream.packets.length} packets ${stream.from} → ${stream.to}: no tone, none in clear`)
  }
})

/** Payloads of every packet on any wire that is just a frame, without an authentication tag. */
async function clearPayloads(world: LabWorld): Promise<Set<string>> {
  const { events } = await world.timeline()
  const rtp = events.filter(
    ({ kind, protocol, bytes }) => kind === 'segment' && protocol === 'RTP' && bytes !== undefined,
  )
  const payloads = rtp.map(({ bytes }) => payloadOf(Buffer.from(bytes!, 'base64')))
  return new Set(payloads.filter(({ length }) => length === frameBytes).map((payload) => payload.toString('latin1')))
}

Then('the VCS Expressway relays every media packet unchanged', async function (this: LabWorld) {
  const { events } = await this.timeline()
  const rtp = events.filter(({ kind, host, protocol }) => kind === 'segment' && host === 'vcse1' && protocol === 'RTP')
  const received = new Set(rtp.filter(({ direction }) => direction === 'received').map(({ bytes }) => bytes))
  const sent = rtp.filter(({ direction }) => direction === 'sent')
  const changed = sent.filter(({ bytes }) => !received.has(bytes))
  if (sent.length < fewestPackets || changed.length > 0)
    throw new Mismatch(
      'packets the Expressway sent as it received them',
      `all of ${sent.length}`,
      sent.length - changed.length,
    )
  this.showRecord('vcse1', `${sent.length} RTP packets left as they came in`)
})

Then(
  'media flows from {place} ports {int} to {int} to {place} ports {int} to {int}',
  async function (this: LabWorld, from: string, first: number, last: number, to: string, least: number, most: number) {
    const found = (await mediaRuns(this)).filter((run) => run.from === from && run.to === to)
    const isOutside = (endpoint: string, low: number, high: number) => {
      const port = Number(endpoint.split(':')[1])
      return port < low || port > high
    }
    const wrong = found.filter(
      ({ fromEndpoint, toEndpoint }) => isOutside(fromEndpoint, first, last) || isOutside(toEndpoint, least, most),
    )
    if (found.length === 0 || wrong.length > 0) {
      const ports = (wrong.length > 0 ? wrong : found).map((run) => `${run.fromEndpoint} → ${run.toEndpoint}`)
      throw new Mismatch(`media ${from} → ${to}`, `${first}-${last} → ${least}-${most}`, ports)
    }
    for (const run of found)
      this.showRecord(to, `${run.protocol} ${run.fromEndpoint} → ${run.toEndpoint}, ${run.packets}`)
  },
)

Then('no media passes the {host}', async function (this: LabWorld, host: string) {
  const runs = await mediaRuns(this)
  const found = runs.filter(({ from, to }) => from === host || to === host)
  if (runs.length === 0 || found.length > 0)
    throw new Mismatch(`media at ${host}`, 'none there, some elsewhere', { there: found.length, all: runs.length })
  this.showRecord(host, `none of ${runs.length} media flows touches ${host}`)
})

Then('no per-call port is one of the multiplexed ports', async function (this: LabWorld) {
  const runs = await mediaRuns(this)
  const multiplexed = ['36000', '36001']
  const outside = runs.filter(
    ({ from, to }) => !(from === 'vcsc1' && to === 'vcse1') && !(from === 'vcse1' && to === 'vcsc1'),
  )
  const found = outside.filter((run) =>
    [run.fromEndpoint, run.toEndpoint].some((endpoint) => multiplexed.includes(endpoint.split(':')[1]!)),
  )
  if (outside.length === 0 || found.length > 0)
    throw new Mismatch('per-call ports', 'others than 36000 and 36001', found)
  this.showRecord('vcse1', `${outside.length} flows on per-call ports, none on 36000 or 36001`)
})

async function mediaRuns(world: LabWorld): Promise<TimelineMedia[]> {
  const { entries } = await world.timeline()
  // The VCSs ask their NTP servers meanwhile.
  return entries.filter((entry): entry is TimelineMedia => entry.kind === 'media' && entry.protocol !== 'NTP')
}

Then(
  'every session description between {place} and {place} asks for {audioProtection}',
  async function (this: LabWorld, one: string, other: string, wanted: string) {
    const isBetween = ({ from, to }: { from: string; to: string }) =>
      (from === one && to === other) || (from === other && to === one)
    const described = await allSeen(
      this,
      (message) => message.protocol === 'SIP' && isBetween(message) && /^m=/m.test(message.bytes.toString('latin1')),
    )
    const wrong = described.filter(({ bytes }) => !asksFor(bytes.toString('latin1'), wanted))
    if (described.length < 2 || wrong.length > 0)
      throw new Mismatch(
        `descriptions ${one} – ${other}`,
        `offer and answer: ${wanted}`,
        (wrong.length > 0 ? wrong : described).map(briefly),
      )
  },
)

/** SRTP: every media line is RTP/SAVP and there are keys; plain RTP: RTP/AVP without keys. */
function asksFor(message: string, wanted: string): boolean {
  const profiles = [...message.matchAll(/^m=\S+ \d+ (\S+)/gm)].map(([, profile]) => profile)
  const hasKeys = /^a=crypto:/m.test(message)
  const profile = wanted === 'SRTP' ? 'RTP/SAVP' : 'RTP/AVP'
  return hasKeys === (wanted === 'SRTP') && profiles.every((each) => each === profile)
}

Then('no media passes at all', async function (this: LabWorld) {
  const runs = await mediaRuns(this)
  if (runs.length > 0)
    throw new Mismatch(
      'media',
      'none',
      runs.map(({ from, to, packets }) => ({ from, to, packets })),
    )
  this.showRecord('vcse1', 'no media on any wire')
})
