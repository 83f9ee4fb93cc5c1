import type { Clocks } from '#runtime/clock.ts'
import type { HostNetwork } from '#runtime/network.ts'

/** What became of an endpoint's look at the servers that its device file names. */
export type ClockReport =
  | { readonly state: 'no server' }
  /** `offsetMs`: how far the server was ahead; the clock is set by it. */
  | { readonly state: 'synchronised'; readonly server: string; readonly offsetMs: number }
  | { readonly state: 'unsynchronised'; readonly why: string }

/** Asks the servers in their order, and sets the clock by the first that answers (SNTP, RFC 4330 §5). */
export async function synchroniseClock(
  { network, clocks }: { readonly network: HostNetwork; readonly clocks: Clocks },
  servers: readonly string[],
): Promise<ClockReport> {
  const problems: string[] = []
  for (const server of servers) {
    try {
      const [address = server] = await network.resolver.addresses(server)
      const offsetMs = await ask({ network, clocks }, address)
      clocks.wall.correct(offsetMs)
      return { state: 'synchronised', server, offsetMs }
    } catch (error) {
      problems.push(`${server}: ${(error as Error).message}`)
    }
  }
  return servers.length === 0 ? { state: 'no server' } : { state: 'unsynchronised', why: problems.join('; ') }
}

/** Milliseconds the server is ahead; rejects where no usable answer comes in time. */
async function ask(
  { network, clocks }: { readonly network: HostNetwork; readonly clocks: Clocks },
  address: string,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const question = Buffer.alloc(messageLength)
  question[0] = versionAndMode
  Buffer.from(network.random.hex(16), 'hex').copy(question, transmitAt)
  const udp = await network.udp({
    port: 0,
    protocol: 'NTP',
    onMessage(datagram, from) {
      if (from.address === address && from.port === ntpPort && isAnswer(datagram, question)) resolve(datagram)
    },
  })
  const limit = clocks.monotonic.after(answerMs, () => reject(new Error(`no answer within ${answerMs} ms`)))
  const sentAt = clocks.wall.now().getTime()
  udp.send(question, ntpPort, address)
  try {
    const answer = await promise
    const receivedAt = clocks.wall.now().getTime()
    return Math.round((timeAt(answer, receiveAt) - sentAt + timeAt(answer, transmitAt) - receivedAt) / 2)
  } finally {
    limit.cancel()
    await udp.close()
  }
}

/** A synchronised server's, to this question: what the client sent as its transmit time comes back as it was. */
function isAnswer(datagram: Buffer, question: Buffer): boolean {
  if (datagram.length < messageLength) return false
  const [head, stratum] = [datagram[0]!, datagram[1]!]
  const isSynchronised = head >> 6 !== unsynchronised && stratum > 0 && stratum < 16
  const isOurs = datagram.subarray(originateAt, originateAt + 8).equals(question.subarray(transmitAt))
  return (head & 7) === serverMode && isSynchronised && isOurs
}

/** Milliseconds since 1970 of a timestamp of seconds since 1900 and their 2^-32 fraction. */
function timeAt(message: Buffer, at: number): number {
  return (message.readUInt32BE(at) - secondsTo1970) * 1_000 + (message.readUInt32BE(at + 4) * 1_000) / 2 ** 32
}

const ntpPort = 123
const messageLength = 48
const originateAt = 24
const receiveAt = 32
const transmitAt = 40
/** Version 4, client. */
const versionAndMode = 0x23
const serverMode = 4
const unsynchronised = 3
const secondsTo1970 = 2_208_988_800
const answerMs = 1_000
