import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareCaptures } from '../compare-captures.ts'
import { markPort } from '../../evidence/tcpdump.ts'
import { tsharkFields } from '../tshark.ts'
import { besideTests, lacks, run } from './programs.ts'
import { linearFromMuLaw, shareOfTone } from './tone-share.ts'

interface Packet {
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  readonly transport: 'tcp' | 'udp'
  /** The first segment of a TCP connection. */
  readonly opens: boolean
  /** UDP payload. */
  readonly payload: Buffer
}

const folder = mkdtempSync(join(tmpdir(), 'mra-rules-'))
const file = (name: string) => join(folder, name)

/** A network of its own with only `lo`: nobody else's packets, and tcpdump needs no rights of the machine. */
const alone = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps', '--net']
const mayBeAlone = !lacks('a network of its own for the capture', [[...alone, 'true'].join(' ')])
const cannotRun = lacks('rules of the capture', ['tcpdump', 'tshark'])

let problem: string | undefined
let shown: string
let packets: Packet[]
const address = { administrator: '', control: '', edge: '', phone: '', alice: '' }
let network: string

beforeAll(async () => {
  if (cannotRun) return
  const record = [process.execPath, '--no-warnings', besideTests('record-demonstrations.ts'), folder]
  const words = mayBeAlone ? [...alone, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...record] : record
  const { code, stderr } = await run(words[0]!, words.slice(1), { limitMs: 60_000 })
  // Only a capture that is not permitted is a reason to skip; anything else that goes wrong is a failure.
  if (code !== 0 && /tcpdump: .*(permi|Couldn't change)/.test(stderr)) problem = /tcpdump: .*/.exec(stderr)![0]
  else if (code !== 0) throw new Error(stderr)
  if (problem !== undefined) return
  shown = readFileSync(file('demo.txt'), 'utf8')
  network = `127.${/lab 127\.(\d+)/.exec(shown)![1]}`
  Object.assign(address, {
    administrator: `${network}.3.90`,
    control: `${network}.3.10`,
    edge: `${network}.2.10`,
    phone: `${network}.3.60`,
    alice: `${network}.1.71`,
  })
  const seen = readPackets(file('demo.pcap'))
  packets = mayBeAlone ? seen : seen.filter(({ from, to }) => isOfLab(from) || isOfLab(to))
}, 70_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isOfLab = (host: string) => host.startsWith(`${network}.`)
const isIn = (host: string, third: number) => host.startsWith(`${network}.${third}.`)
const described = ({ from, fromPort, to, toPort, transport }: Packet) =>
  `${transport} ${from}:${fromPort} > ${to}:${toPort}`
const opening = (chosen: (packet: Packet) => boolean) => packets.filter((packet) => packet.opens && chosen(packet))
const datagrams = (from: string, to: string) =>
  packets.filter((packet) => packet.transport === 'udp' && packet.from === from && packet.to === to)

describe.skipIf(cannotRun)('what tcpdump saw of a demonstration', () => {
  test('the demonstration passed under observation', ({ skip }) => {
    if (problem !== undefined) {
      process.stderr.write(`rules of the capture: skipped, ${problem}\n`)
      return skip(problem)
    }
    expect(shown).toMatch(/^ok {3}deployment up/m)
    expect(shown).not.toMatch(/^FAIL/m)
    expect(packets.length).toBeGreaterThan(1_000)
  })

  test('no connection is opened from the DMZ to the inside', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    expect(opening(({ from, to }) => isIn(from, 2) && isIn(to, 3)).map(described)).toEqual([])
    const outwards = opening(({ from, to }) => isIn(from, 3) && isIn(to, 2))
    const portsOf = (dialler: string) =>
      new Set(outwards.filter(({ from }) => from === dialler).map(({ toPort }) => toPort))
    expect(new Set(outwards.map(({ from }) => from))).toEqual(new Set([address.control, address.administrator]))
    expect(portsOf(address.control)).toEqual(new Set([2222, 7001, 7400]))
    expect(portsOf(address.administrator)).toEqual(new Set([443]))
  })

  test('from the internet nothing goes past the edge and the public names', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    expect(packets.filter(({ from, to }) => isIn(from, 1) && isIn(to, 3)).map(described)).toEqual([])
    expect(packets.filter(({ from, to }) => isIn(from, 3) && isIn(to, 1)).map(described)).toEqual([])
    const asked = opening(({ from, to }) => isIn(from, 1) && isIn(to, 2)).map(({ toPort }) => toPort)
    expect(new Set(asked)).toEqual(new Set([8443, 5061, 5222]))
  })

  test('every host speaks from its own address: nothing from or to 127.0.0.1', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    // Inside the TC endpoint the WebRTC library speaks to its bridge: both ends are there.
    const between = packets.filter(({ from, to }) => from !== '127.0.0.1' || to !== '127.0.0.1')
    expect(between.filter(({ from, to }) => [from, to].includes('127.0.0.1')).map(described)).toEqual([])
    expect(between.filter(({ from, to }) => !isOfLab(from) || !isOfLab(to)).map(described)).toEqual([])
  })

  test('SIP is dialled from ports 25000 to 29999', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    const dials = opening(
      ({ from, toPort }) => [address.control, address.edge].includes(from) && [7001, 5060, 5061].includes(toPort),
    )
    expect(new Set(dials.map(({ toPort }) => toPort))).toEqual(new Set([7001, 5060]))
    expect(dials.filter(({ fromPort }) => fromPort < 25_000 || fromPort > 29_999).map(described)).toEqual([])
  })

  test('media crosses the inner firewall at 36000 and 36001 of the edge only', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    const out = datagrams(address.control, address.edge)
    const back = datagrams(address.edge, address.control)
    expect(out.length).toBeGreaterThan(20)
    expect(back.length).toBeGreaterThan(20)
    expect(out.filter(({ toPort }) => ![36_000, 36_001].includes(toPort)).map(described)).toEqual([])
    expect(back.filter(({ fromPort }) => ![36_000, 36_001].includes(fromPort)).map(described)).toEqual([])
    const others = packets.filter((packet) => packet.transport === 'udp' && isIn(packet.from, 2) && isIn(packet.to, 3))
    expect(others).toHaveLength(back.length)
  })

  test('the phone hears plain PCMU, and nobody between Alice and the Control hears her tone', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    const hz = Number(/alice → carol .*sent ([\d.]+) Hz/.exec(shown)![1])
    const share = (from: string, to: string) => {
      const media = datagrams(from, to).filter(({ payload }) => isPcmu(payload) && payload.length >= 172)
      expect(media.length).toBeGreaterThan(10)
      const [first] = media as [Packet]
      const stream = media.filter(({ fromPort, toPort }) => fromPort === first.fromPort && toPort === first.toPort)
      const samples = stream.slice(0, 10).flatMap(({ payload }) => [...payload.subarray(12, 172)].map(linearFromMuLaw))
      return { share: shareOfTone(samples, hz), bytes: new Set(media.map(({ payload }) => payload.length)) }
    }
    expect(share(address.control, address.phone)).toEqual({ share: expect.closeTo(1, 1), bytes: new Set([172]) })
    for (const [from, to] of [
      [address.alice, address.edge],
      [address.edge, address.control],
    ] as const) {
      const protectedMedia = share(from, to)
      expect(protectedMedia.share).toBeLessThan(0.05)
      // 80 bits of authentication tag follow the payload.
      expect(protectedMedia.bytes).toEqual(new Set([182]))
    }
  })

  test('our own capture carries the same messages, datagrams and bytes', ({ skip }) => {
    if (problem !== undefined) return skip(problem)
    const { ours, differences } = compareCaptures(
      { path: file('wire.pcapng') },
      { path: file('beside.pcap'), keyLogPath: file('keys.log') },
    )
    const lab = `127.${readFileSync(file('lab.txt'), 'utf8')}.`
    expect(mayBeAlone ? differences : differences.filter((difference) => difference.includes(lab))).toEqual([])
    const invites = [...ours.sipStartLines.keys()].filter((line) => line.includes(' INVITE '))
    // Two calls: Alice > edge > Control > Unified CM > phone, and back out again to the TC endpoint.
    expect(invites.length).toBeGreaterThanOrEqual(9)
  })
})

/** Payload type 0 of version 2 (RFC 3551 §6). */
function isPcmu(payload: Buffer): boolean {
  return payload.length > 12 && payload[0]! >> 6 === 2 && (payload[1]! & 0x7f) === 0
}

function readPackets(path: string): Packet[] {
  const fields = ['ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport']
  const filter = `!icmp && (tcp || (udp && udp.dstport != ${markPort}))`
  const more = ['tcp.flags.syn', 'tcp.flags.ack', 'udp.payload']
  return tsharkFields({ path, filter, fields: [...fields, ...more] }).map((cells) => {
    const [from, to, tcpFrom, tcpTo, udpFrom, udpTo, syn, ack, payload] = cells.map((cell) => cell[0])
    return {
      from: from!,
      to: to!,
      fromPort: Number(tcpFrom ?? udpFrom),
      toPort: Number(tcpTo ?? udpTo),
      transport: tcpFrom === undefined ? 'udp' : 'tcp',
      opens: isSet(syn) && !isSet(ack),
      payload: Buffer.from((payload ?? '').replaceAll(':', ''), 'hex'),
    }
  })
}

/** tshark before version 4 prints 1, later ones True. */
function isSet(flag: string | undefined): boolean {
  return flag === '1' || flag === 'True'
}
