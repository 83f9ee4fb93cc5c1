import { Given, Then, When } from '@cucumber/cucumber'
import { capturedStreams, payloadOf } from '#lab/evidence/captured-audio.ts'
import type { AudioReport } from '#lab/endpoint.ts'
import type { TimelineEntry, TimelineMedia } from '#lab/evidence/timeline.ts'
import type { VideoReport } from '#lab/operator/video.ts'
import { videoOf } from '#lab/operator/video.ts'
import { openUdp, rtpPacket } from '#lab/self-test/stray-datagrams.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

/** An m-line of a description: `audio`, `video`, `content`, `floor` or `camera control`, and its port. */
interface DescribedStream {
  readonly kind: string
  readonly port: number
}

/** The m-lines of the last description that went from one place to the other. */
async function described(world: LabWorld, from: string, to: string): Promise<DescribedStream[]> {
  const { messages } = await world.timeline()
  const texts = messages
    .filter((message) => message.from === from && message.to === to)
    .map(({ bytes }) => bytes.toString('latin1'))
  const last = texts.findLast((text) => /^m=audio /m.test(text))
  if (last === undefined) throw new Mismatch(`description ${from} → ${to}`, 'one', 'none')
  return last
    .split(/^(?=m=)/m)
    .slice(1)
    .map((section) => ({ kind: kindOf(section), port: Number(section.split(' ')[1]) }))
}

function kindOf(section: string): string {
  if (section.startsWith('m=video')) return section.includes('a=content:slides') ? 'content' : 'video'
  if (section.startsWith('m=application')) return section.includes('UDP/BFCP') ? 'floor' : 'camera control'
  return 'audio'
}

const headOf = (packet: Buffer) => packet.toString('latin1', 0, 12)
const tagBytes = [4, 10]
const fewestPackets = 5

/** Packets of a stream of the public leg that arrived inside with the same RTP header: in clear, and shorter by the tag. */
function comparison(outside: readonly Buffer[], inside: ReadonlyMap<string, Buffer>) {
  const pairs = outside.flatMap((packet) => {
    const clear = inside.get(headOf(packet))
    return clear === undefined ? [] : [{ packet, clear }]
  })
  const wrong = pairs.filter(({ packet, clear }) => {
    const size = payloadOf(clear).length
    const isSameText = size > 0 && payloadOf(packet).subarray(0, size).equals(payloadOf(clear))
    return isSameText || !tagBytes.includes(packet.length - clear.length)
  })
  return { found: pairs.length, wrong: wrong.length }
}

Then(
  'audio, video and content are SRTP between {user} and the VCS Expressway, and the same is RTP between the VCS Control and {user}',
  async function (this: LabWorld, outsider: string, insider: string) {
    const lab = await this.lab()
    const own = await described(this, outsider, 'vcse1')
    for (const kind of ['audio', 'video', 'content']) {
      const port = own.find((stream) => stream.kind === kind)?.port
      const counts = await waitFor(`${kind} of ${outsider} at both ends`, async () => {
        const { events } = await this.timeline()
        const outside = capturedStreams(events, addressOf(lab, outsider), 'vcse1')
          .filter(({ from }) => from.endsWith(`:${port}`))
          .flatMap(({ packets }) => packets)
        const arrived = capturedStreams(events, addressOf(lab, 'vcsc1'), insider).flatMap(({ packets }) => packets)
        const counted = comparison(outside, new Map(arrived.map((packet) => [headOf(packet), packet])))
        return counted.found >= fewestPackets && counted
      })
      if (counts.wrong > 0) throw new Mismatch(`${kind} packets of ${outsider}`, 'encrypted, with a tag', counts)
      this.showRecord('vcse1', `${kind}: ${counts.found} packets SRTP from ${outsider}, RTP at ${insider}`)
    }
  },
)

Then(
  '{int} media streams share {int} pair(s) of multiplexed ports',
  async function (this: LabWorld, streams: number, pairs: number) {
    const isBetween = (entry: TimelineEntry): entry is TimelineMedia =>
      entry.kind === 'media' && entry.from === 'vcsc1' && entry.to === 'vcse1' && isEven(entry.toEndpoint)
    const found = async () => (await this.timeline()).entries.filter(isBetween)
    const sourcesOf = (runs: readonly TimelineMedia[]) => new Set(runs.map(({ fromEndpoint }) => fromEndpoint))
    await waitFor(`${streams} streams`, async () => sourcesOf(await found()).size >= streams)
    const runs = await found()
    const ports = new Set(runs.map(({ toEndpoint }) => toEndpoint))
    if (sourcesOf(runs).size !== streams || ports.size !== pairs)
      throw new Mismatch('from vcsc1 to vcse1', { streams, pairs }, [...sourcesOf(runs), ...ports])
    this.showRecord('vcse1', `${streams} streams to ${[...ports].join(', ')}`)
  },
)

const isEven = (endpoint: string) => Number(endpoint.split(':')[1]) % 2 === 0

/** Datagrams that are floor control messages (RFC 8855): version 2 or 1 and a primitive. */
const isFloorMessage = (packet: Buffer) =>
  packet.length >= 12 && packet[0]! >> 5 <= 2 && packet[0]! >> 5 >= 1 && packet[1]! >= 1 && packet[1]! <= 17

Then(
  'the floor control of {user} and {user} goes through the multiplexed port of the VCS Expressway',
  async function (this: LabWorld, outsider: string, insider: string) {
    const lab = await this.lab()
    const messages = async (host: string, isFrom: (remote: string, local: string) => boolean) => {
      const { events } = await this.timeline()
      return events.flatMap(({ kind, direction, remote = '', local = '', host: observer, bytes }) => {
        const isIt = kind === 'segment' && direction === 'received' && observer === host && isFrom(remote, local)
        const packet = isIt ? Buffer.from(bytes ?? '', 'base64') : Buffer.alloc(0)
        return isFloorMessage(packet) ? [packet.toString('hex')] : []
      })
    }
    const control = addressOf(lab, 'vcsc1')
    const expressway = addressOf(lab, 'vcse1')
    const sent = await messages('vcse1', (remote) => remote.startsWith(`${addressOf(lab, outsider)}:`))
    const passed = await messages('vcsc1', (remote) => remote === `${expressway}:36000`)
    const back = await messages(
      'vcse1',
      (remote, local) => remote.startsWith(`${control}:`) && local.endsWith(':36000'),
    )
    const arrived = await messages(insider, (remote) => remote.startsWith(`${control}:`))
    const isAllSent = [...passed, ...arrived].every((message) => sent.includes(message))
    if (passed.length < 2 || arrived.length < 2 || back.length < 2 || !isAllSent)
      throw new Mismatch('floor control messages', 'the same everywhere', { sent, passed, back, arrived })
    this.showRecord('vcsc1', `${passed.length} floor messages of ${outsider} from port 36000, ${back.length} to it`)
  },
)

Given('the media of {user} begins shortly before its sequence numbers wrap', function (this: LabWorld, user: string) {
  this.setClient(user, { firstSequence: 65_500 })
})

Then('the sequence numbers of {user} have wrapped, and {user} has lost nothing', wrapped)

async function wrapped(this: LabWorld, sender: string, receiver: string): Promise<void> {
  const lab = await this.lab()
  const own = await described(this, sender, (await isOutside(this, sender)) ? 'vcse1' : 'cucm1')
  const at = (await isOutside(this, sender)) ? 'vcse1' : 'vcsc1'
  for (const kind of ['audio', 'video']) {
    const port = own.find((stream) => stream.kind === kind)?.port
    await waitFor(`a wrap of ${kind} of ${sender}`, async () => {
      const { events } = await this.timeline()
      const numbers = capturedStreams(events, addressOf(lab, sender), at)
        .filter(({ from }) => from.endsWith(`:${port}`))
        .flatMap(({ packets }) => packets.map((packet) => packet.readUInt16BE(2)))
      return numbers.some((number) => number > 65_000) && numbers.some((number) => number > 10 && number < 1_000)
    })
    this.showRecord(at, `${kind} of ${sender} has gone from 65535 to 0`)
  }
  await nothingLost(this, receiver)
}

async function isOutside(world: LabWorld, user: string): Promise<boolean> {
  const lab = await world.lab()
  return addressOf(lab, user).split('.')[2] === '1'
}

async function nothingLost(world: LabWorld, user: string): Promise<void> {
  const endpoint = await world.user(user)
  const audio = await endpoint.call<AudioReport>('audio')
  const { main } = await videoOf(endpoint)
  for (const [what, { packetsReceived, lost, authFailures }] of [
    ['audio', audio],
    ['video', main],
  ] as const) {
    if (packetsReceived < fewestPackets || lost > 0 || authFailures > 0)
      throw new Mismatch(`${what} at ${user}`, 'some packets, none lost', { packetsReceived, lost, authFailures })
    world.showRecord(user, `${what}: ${packetsReceived} packets, none lost, all authentic`)
  }
}

When('{user} changes the media keys', async function (this: LabWorld, user: string) {
  this.memory.set(`keys of ${user}`, await keysOf(this, user))
  const { status, reason } = await (await this.user(user)).call<{ status: number; reason: string }>('renewKeys')
  if (status !== 200) throw new Mismatch(`re-INVITE of ${user}`, '200 OK', `${status} ${reason}`)
})

async function keysOf(world: LabWorld, user: string): Promise<string[]> {
  const { messages } = await world.timeline()
  const texts = messages.filter(({ from, to }) => from === user && to === 'vcse1')
  const last = texts.map(({ bytes }) => bytes.toString('latin1')).findLast((text) => /^m=audio /m.test(text)) ?? ''
  return [...last.matchAll(/inline:([^|\s]+)/g)].map(([, key]) => key!)
}

Then(
  '{user} encrypts with other keys than before and {user} has lost nothing',
  async function (this: LabWorld, sender: string, receiver: string) {
    const before = this.recall<string[]>(`keys of ${sender}`)
    const now = await keysOf(this, sender)
    const kept = now.filter((key) => before.includes(key))
    if (before.length === 0 || now.length === 0 || kept.length > 0)
      throw new Mismatch(`keys of ${sender}`, 'all new', { before: before.length, now: now.length, kept: kept.length })
    const endpoint = await this.user(receiver)
    const { frames } = (await videoOf(endpoint)).main
    await waitFor('pictures under the new keys', async () => (await videoOf(endpoint)).main.frames > frames + 10)
    await nothingLost(this, receiver)
  },
)

/** RTP and floor control that fit nobody's key, from an address nobody named. */
When(
  'a stranger on the internet sends packets to every media port {user} was given',
  async function (this: LabWorld, user: string) {
    const lab = await this.lab()
    const stranger = await openUdp(lab.fabric.address('internet', 66))
    try {
      const ports = (await described(this, 'vcse1', user)).flatMap(({ port }) => (port === 0 ? [] : [port, port + 1]))
      const address = addressOf(lab, 'vcse1')
      for (const port of [...ports, 36_000, 36_001])
        for (const bytes of [rtpPacket(1), floorHello]) stranger.send(bytes, { address, port })
      const sent = 2 * (ports.length + 2)
      // What the stranger sent has been dealt with once all of it was received.
      const arrived = async () => {
        const { events } = await this.timeline()
        const from = `${lab.fabric.address('internet', 66)}:`
        return events.filter(({ host, kind, direction, remote = '' }) => {
          return host === 'vcse1' && kind === 'segment' && direction === 'received' && remote.startsWith(from)
        }).length
      }
      await waitFor('the packets of the stranger at the Expressway', async () => (await arrived()) >= sent)
      this.memory.set('stranger', { ports: ports.length, answers: stranger.received.length })
    } finally {
      stranger.close()
    }
  },
)

/** Hello to conference 3 (RFC 8855 §5.3.11). */
const floorHello = Buffer.from('400b00000000000300010004', 'hex')

async function receivedBy(world: LabWorld, user: string): Promise<VideoReport> {
  return videoOf(await world.user(user))
}

Then(
  'the stranger is not answered, and nothing of it reaches the VCS Control, {user} or {user}',
  async function (this: LabWorld, one: string, other: string) {
    const { ports, answers } = this.recall<{ ports: number; answers: number }>('stranger')
    const { events } = await this.timeline()
    const signs = [rtpPacket(1).toString('base64'), floorHello.toString('base64')]
    const passedOn = events.filter(
      ({ host, kind, direction, bytes = '' }) =>
        kind === 'segment' && signs.includes(bytes) && !(host === 'vcse1' && direction === 'received'),
    )
    const lab = await this.lab()
    const back = events.filter(
      ({ kind, direction, remote = '' }) =>
        kind === 'segment' && direction === 'sent' && remote.startsWith(`${lab.fabric.address('internet', 66)}:`),
    )
    if (ports < 6 || answers > 0 || passedOn.length > 0 || back.length > 0)
      throw new Mismatch('packets of the stranger', 'swallowed by the Expressway', {
        ports,
        answers,
        passedOn: passedOn.length,
        back: back.length,
      })
    for (const user of [one, other]) {
      const { main, slides, floor } = await receivedBy(this, user)
      const strangers = main.strangers + (slides?.strangers ?? 0) + (floor?.strangers ?? 0)
      if (strangers > 0) throw new Mismatch(`strangers at ${user}`, 0, strangers)
    }
    this.showRecord('vcse1', `packets of a stranger to ${ports} ports of the call and the multiplexed ones: no answer`)
  },
)
