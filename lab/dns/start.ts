import * as v from 'valibot'
import type { MonotonicClock } from '#runtime/clock.ts'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint } from '#runtime/network.ts'
import type { DnsAnswer, DnsPacket, DnsQuestion } from './packet.ts'
import { Packet } from './packet.ts'

const srvRecord = v.strictObject({
  name: v.string(),
  type: v.literal('SRV'),
  priority: v.number(),
  weight: v.number(),
  port: v.number(),
  target: v.string(),
})
const addressRecord = v.strictObject({ name: v.string(), type: v.literal('A'), address: v.pipe(v.string(), v.ipv4()) })
const address6Record = v.strictObject({
  name: v.string(),
  type: v.literal('AAAA'),
  address: v.pipe(v.string(), v.ipv6()),
})

const dnsConfiguration = v.strictObject({
  /** The zone this server is authoritative for; other names are refused. */
  zones: v.array(v.string()),
  records: v.array(v.variant('type', [srvRecord, addressRecord, address6Record])),
  /**
   * Its zones are signed, and it answers as the validating resolver in front of them would: with the AD bit, where the
   * question has it (RFC 6840 §5.7).
   */
  authenticated: v.optional(v.boolean(), false),
})
export type DnsConfiguration = v.InferOutput<typeof dnsConfiguration>
export type DnsRecord = DnsConfiguration['records'][number]

const ttlSeconds = 60

/** An authoritative DNS server for one side of the split horizon, UDP and TCP on port 53. */
export async function startDns(environment: HostEnvironment, document: unknown): Promise<Host> {
  let configuration = readConfiguration(environment.name, dnsConfiguration, document)
  const { network, trace } = environment
  const asked: { at: string; name: string; type: string; from: string; answers: number }[] = []

  const respond = (bytes: Buffer, from: Endpoint): Buffer | undefined => {
    const request = parse(bytes)
    if (request === undefined) return formatError(bytes)
    if (request.header.qr === 1) return undefined
    const response = answer(request, configuration)
    const [question] = request.questions
    if (question !== undefined) {
      const type = typeName(question.type)
      if (asked.length >= historyLength) asked.shift()
      asked.push({
        at: environment.clocks.wall.now().toISOString(),
        name: question.name,
        type,
        from: from.address,
        answers: response.answers.length,
      })
      const local = `${environment.address}:53`
      const remote = `${from.address}:${from.port}`
      const facts = {
        kind: 'message',
        transport: 'udp',
        connection: `udp/${remote}/${local}`,
        local,
        remote,
        protocol: 'DNS',
      } as const
      trace.record({ ...facts, direction: 'received', summary: `${type} ${question.name}`, bytes })
      trace.record({ ...facts, direction: 'sent', summary: summarise(response), bytes: response.toBuffer() })
    }
    return response.toBuffer()
  }

  const udp = await network.udp({
    port: 53,
    protocol: 'DNS',
    onMessage(datagram, from) {
      const response = respond(datagram, from)
      if (response !== undefined) udp.send(response, from.port, from.address)
    },
  })
  const tcp = await network.listenTcp({
    port: 53,
    protocol: 'DNS',
    onConnection: (connection) => serveTcp(connection, environment.clocks.monotonic, respond),
  })
  const stop = async () => {
    await tcp.stop()
    await udp.close()
  }
  return {
    name: environment.name,
    stop,
    [Symbol.asyncDispose]: stop,
    management: {
      async state() {
        return { ready: true, zones: configuration.zones, records: configuration.records }
      },
      async history() {
        return asked
      },
      async configure(next: unknown) {
        configuration = readConfiguration(environment.name, dnsConfiguration, next)
      },
    },
  }
}

const historyLength = 1_000

function parse(bytes: Buffer): DnsPacket | undefined {
  try {
    return Packet.parse(bytes)
  } catch {
    return undefined
  }
}

/** FORMERR needs at least the identifier of the question. */
function formatError(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 12) return undefined
  const header = Buffer.alloc(12)
  bytes.copy(header, 0, 0, 2)
  header[2] = 0x80
  header[3] = 0x01
  return header
}

function answer(request: DnsPacket, { zones, records, authenticated }: DnsConfiguration): DnsPacket {
  const response = Packet.createResponseFromRequest(request)
  response.header.aa = 1
  response.header.ra = 0
  const [question] = request.questions
  if (question === undefined || request.questions.length !== 1) {
    response.header.rcode = 1
    return response
  }
  const name = question.name.toLowerCase()
  if (!zones.some((zone) => name === zone || name.endsWith(`.${zone}`))) {
    response.header.rcode = 5
    return response
  }
  const named = records.filter((record) => record.name.toLowerCase() === name)
  response.answers.push(
    ...named.filter((record) => typeNumber(record.type) === question.type).map((record) => resource(record, question)),
  )
  if (authenticated && request.header.ad === 1) response.header.ad = 1
  const isName = named.length > 0 || records.some((record) => record.name.toLowerCase().endsWith(`.${name}`))
  if (!isName) response.header.rcode = 3
  return response
}

function resource(record: DnsRecord, question: DnsQuestion): DnsAnswer {
  const common = { name: question.name, type: typeNumber(record.type), class: 1, ttl: ttlSeconds }
  if (record.type !== 'SRV') return { ...common, address: record.address }
  return { ...common, priority: record.priority, weight: record.weight, port: record.port, target: record.target }
}

function typeNumber(type: string): number {
  return Packet.TYPE[type] ?? 0
}

function typeName(type: number): string {
  return Object.keys(Packet.TYPE).find((name) => Packet.TYPE[name] === type) ?? `TYPE${type}`
}

function summarise(response: DnsPacket): string {
  if (response.header.rcode === 3) return 'NXDOMAIN'
  if (response.header.rcode !== 0) return `rcode ${response.header.rcode}`
  if (response.answers.length === 0) return 'no data'
  return response.answers.map(({ address, target, port }) => address ?? `${target}:${port}`).join(', ')
}

/** RFC 1035 §4.2.2: each message behind its length in two bytes. RFC 7766 §6.2.3: who asks nothing is not kept. */
function serveTcp(
  connection: Connection,
  clock: MonotonicClock,
  respond: (bytes: Buffer, from: Endpoint) => Buffer | undefined,
): void {
  let rest = Buffer.alloc(0)
  let limit = clock.after(messageMs, connection.destroy)
  connection.stream.once('close', () => limit.cancel())
  connection.stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const length = rest.readUInt16BE(0)
      const response = respond(rest.subarray(2, 2 + length), connection.remote)
      rest = rest.subarray(2 + length)
      if (response === undefined) return connection.destroy()
      limit.cancel()
      limit = clock.after(messageMs, connection.destroy)
      const size = Buffer.alloc(2)
      size.writeUInt16BE(response.length)
      connection.stream.write(Buffer.concat([size, response]))
    }
  })
}

/** From the opening, or the last answer, to the last byte of the next question. */
const messageMs = 30_000
