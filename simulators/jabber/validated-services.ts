import dns2 from 'dns2'
import type { HostNetwork } from '#runtime/network.ts'
import type { SrvTarget } from '#runtime/resolve.ts'
import { orderServices } from '#runtime/resolve.ts'

/** Targets of an SRV record in the order to try, and whether DNSSEC vouches for them. */
export interface ValidatedServices {
  readonly targets: readonly SrvTarget[]
  readonly isValidated?: boolean
}

/**
 * Asks for an SRV record with the AD bit (RFC 6840 §5.7) and believes the bit in the answer: the way to the client's
 * own DNS server counts as trusted (RFC 4035 §4.9.3). No targets where nobody answers or there is no such record.
 */
export async function askValidatedServices(network: HostNetwork, name: string): Promise<ValidatedServices> {
  for (const server of network.resolver.servers) {
    const answer = await ask(network, server, name)
    if (answer === undefined) continue
    const targets = answer.answers
      .filter(({ type }) => type === srvType)
      .map(({ target, port, priority, weight }) => ({ name: target, port, priority, weight }))
    return { targets: orderServices(targets, network.random), isValidated: answer.header.ad === 1 }
  }
  return { targets: [] }
}

/** Undefined where no answer comes in time. */
async function ask(network: HostNetwork, server: string, name: string): Promise<Answer | undefined> {
  const [address = '', port] = server.split(':')
  const id = network.random.integer(0, 65_535)
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
  const udp = await network.udp({
    port: 0,
    protocol: 'DNS',
    onMessage(datagram, from) {
      const answer = from.address === address ? read(datagram) : undefined
      if (answer?.header.id === id && answer.header.qr === 1) resolve(answer)
    },
  })
  const limit = network.clocks.monotonic.after(answerMs, () => resolve(undefined))
  udp.send(question(id, name), Number(port), address)
  const answer = await promise
  limit.cancel()
  await udp.close()
  return answer
}

/** RFC 1035 §4.1; the flags are RD and AD. */
function question(id: number, name: string): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(0x0120, 2)
  header.writeUInt16BE(1, 4)
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')]))
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, srvType, 0, 1])])
}

interface Answer {
  readonly header: { readonly id: number; readonly qr: number; readonly ad: number }
  readonly answers: ReadonlyArray<{
    readonly type: number
    readonly target: string
    readonly port: number
    readonly priority: number
    readonly weight: number
  }>
}

function read(datagram: Buffer): Answer | undefined {
  try {
    return (dns2 as unknown as { Packet: { parse(bytes: Buffer): Answer } }).Packet.parse(datagram)
  } catch {
    return undefined
  }
}

const srvType = 33
const answerMs = 1_500
