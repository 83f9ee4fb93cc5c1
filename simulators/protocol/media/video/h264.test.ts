import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { seededRandom } from '#runtime/random.ts'
import { Depacketiser, packetise } from './packetisation.ts'
import { pictureAt, pictureName } from './picture-sizes.ts'
import { readPictureSize, writeSequenceParameters } from './sequence-parameters.ts'
import { VideoSource } from './video-source.ts'
import { WatchedVideo } from './watched-video.ts'

test.each([
  [1_500_000, '720p'],
  [600_000, 'w448p'],
  [304_000, 'w288p'],
  [152_000, 'w144p'],
])('at %i bits a second pictures are %s, and their parameter set says so', (rate, name) => {
  const size = pictureAt(rate)
  expect(pictureName(size)).toBe(name)
  expect(readPictureSize(writeSequenceParameters(size))).toEqual(size)
})

test('a size that is no multiple of a macroblock is cropped', () => {
  const size = { width: 1_918, height: 1_078 }
  expect(readPictureSize(writeSequenceParameters(size))).toEqual(size)
})

test('NAL units of all lengths come out as they went in', () => {
  const nals = [3, 1, 1_199, 1_200, 1_201, 5_000].map((length, index) => Buffer.alloc(length, 0x60 | (index + 1)))
  const payloads = packetise(nals, 1_200)
  expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(1_200)
  const depacketiser = new Depacketiser()
  expect(payloads.flatMap((payload) => depacketiser.take(payload) ?? [])).toEqual(nals)
})

test('no payload makes the reader throw', () => {
  const random = seededRandom('h264')
  const depacketiser = new Depacketiser()
  for (let round = 0; round < 2_000; round++) {
    const payload = random.bytes(random.integer(0, 40))
    if (payload.length > 0 && round % 2 === 0) payload[0] = (payload[0]! & 0xe0) | [24, 28, 7][round % 3]!
    for (const nal of depacketiser.take(payload) ?? []) readPictureSize(nal)
  }
})

test('an encoder keeps its rate from the first second on, keyframes included', () => {
  const source = new VideoSource(seededRandom('rate'), 30)
  source.setRate(1_000_000)
  const secondOf = () => {
    let bytes = 0
    for (let frame = 0; frame < 30; frame++) for (const payload of source.next()) bytes += 12 + payload.length
    return bytes * 8
  }
  for (let second = 0; second < 3; second++) {
    if (second === 2) source.requestKeyframe()
    expect(secondOf() / 1_000_000).toBeCloseTo(1, 1)
  }
})

test('a missing packet spoils pictures until the next keyframe', () => {
  const source = new VideoSource(seededRandom('lost'), 30)
  const watched = new WatchedVideo(new ManualClock())
  source.setRate(300_000)
  let sequence = 0
  let timestamp = 0
  const show = (isLost: (index: number) => boolean) => {
    const payloads = source.next()
    timestamp += 3_000
    payloads.forEach((payload, index) => {
      sequence++
      if (!isLost(index)) watched.take({ sequence, timestamp, marker: index === payloads.length - 1, payload })
    })
  }
  for (let frame = 0; frame < 3; frame++) show(() => false)
  expect(watched.report()).toMatchObject({ frames: 3, keyframes: 1, spoiled: 0, picture: 'w288p' })
  show((index) => index === 0)
  show(() => false)
  expect(watched.report().spoiled).toBeGreaterThan(0)
  expect(watched.needsKeyframe).toBe(true)
  source.requestKeyframe()
  show(() => false)
  expect(watched).toMatchObject({ needsKeyframe: false })
  expect(watched.report()).toMatchObject({ keyframes: 2 })
})

const hasTshark = spawnSync('tshark', ['--version']).status === 0

test.runIf(hasTshark)('tshark reads the stream as H.264 and finds nothing malformed', () => {
  const source = new VideoSource(seededRandom('tshark'), 30)
  source.setRate(1_500_000)
  const packets: Buffer[] = []
  for (let frame = 0; frame < 30; frame++) {
    const payloads = source.next()
    payloads.forEach((payload, index) => {
      packets.push(
        rtpDatagram(packets.length, { timestamp: frame * 3_000, marker: index === payloads.length - 1 }, payload),
      )
    })
  }
  const folder = mkdtempSync(join(tmpdir(), 'h264-'))
  try {
    const path = join(folder, 'video.pcap')
    writeFileSync(path, Buffer.concat([fileHead, ...packets.flatMap(captured)]))
    const fields = [
      'rtp.marker',
      'h264.nal_unit_hdr',
      'h264.start.bit',
      '_ws.malformed',
      'h264.pic_width_in_mbs_minus1',
    ]
    const output = execFileSync(
      'tshark',
      ['-n', '-r', path, '-d', 'udp.port==16384,rtp', '-d', 'rtp.pt==97,h264', '-T', 'fields'].concat(
        fields.flatMap((field) => ['-e', field]),
      ),
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const rows = output
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'))
    expect(rows).toHaveLength(packets.length)
    expect(rows.filter(([marker]) => marker === '1' || marker === 'True')).toHaveLength(30)
    // STAP-A with both parameter sets first, then fragments.
    expect(rows[0]![1]).toBe('24,7,8')
    expect(rows[0]![4]).toBe('79')
    expect(rows.slice(1).every(([, types]) => /^(28|1)(,|$)/.test(types!))).toBe(true)
    expect(rows.filter(([, , , malformed]) => malformed !== '')).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function rtpDatagram(index: number, head: { timestamp: number; marker: boolean }, payload: Buffer): Buffer {
  const rtp = Buffer.alloc(12)
  rtp[0] = 0x80
  rtp[1] = (head.marker ? 0x80 : 0) | 97
  rtp.writeUInt16BE(index + 1, 2)
  rtp.writeUInt32BE(head.timestamp, 4)
  rtp.writeUInt32BE(0x11223344, 8)
  const udp = Buffer.alloc(8)
  udp.writeUInt16BE(16_384, 0)
  udp.writeUInt16BE(16_384, 2)
  udp.writeUInt16BE(8 + 12 + payload.length, 4)
  const ip = Buffer.from('4500000000000000401100007f0001477f000348', 'hex')
  ip.writeUInt16BE(20 + 8 + 12 + payload.length, 2)
  return Buffer.concat([ip, udp, rtp, payload])
}

/** pcap with raw IP packets. */
const fileHead = Buffer.from('d4c3b2a1020004000000000000000000ffff000065000000', 'hex')

function captured(packet: Buffer, index: number): Buffer[] {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(index, 4)
  head.writeUInt32LE(packet.length, 8)
  head.writeUInt32LE(packet.length, 12)
  return [head, packet]
}
