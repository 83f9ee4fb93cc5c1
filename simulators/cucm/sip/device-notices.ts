import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import { makeRequest } from '#simulators/protocol/sip/build.ts'
import { party } from '#simulators/protocol/sip/dialog.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { Cluster } from '../cluster.ts'
import type { Registration } from './registrations.ts'
import { messageSummary, statusLine } from './remotecc.ts'

export interface DeviceNoticeOptions {
  readonly cluster: Cluster
  readonly agent: SipAgent
  readonly wall: WallClock
  readonly random: Random
  readonly address: string
}

/** What Unified CM says to a registered device outside any call, unasked. */
export class DeviceNotices {
  readonly #options: DeviceNoticeOptions

  constructor(options: DeviceNoticeOptions) {
    this.#options = options
  }

  /** RFC 3842: the message waiting lamp. */
  messageWaiting(registration: Registration): void {
    const { lines } = this.#options.cluster.configuration
    const isWaiting = lines.find(({ number }) => number === registration.line)?.messageWaiting ?? false
    const extra = [
      ['Event', 'message-summary'],
      ['Subscription-State', 'active'],
    ] as const
    void this.#send('NOTIFY', registration, extra, messageSummary(isWaiting))
  }

  /** Remote call control: a REFER whose Refer-To is its own body; the final status, 0 where none came. */
  statusLine(registration: Registration, text: string): Promise<number> {
    const { random, address } = this.#options
    const id = `${random.integer(1, 999_999_999)}@${address}`
    const extra = [
      ['Refer-To', `<cid:${id}>`],
      ['Referred-By', `<${this.#uri(registration.line)}>`],
      ['Content-Id', `<${id}>`],
      ['Require', 'norefersub'],
    ] as const
    return this.#send('REFER', registration, extra, statusLine(text))
  }

  #send(method: string, to: Registration, extra: readonly HeaderLine[], content: Content): Promise<number> {
    const { agent, wall, random, address } = this.#options
    const { contact, line, link } = to
    const own = agent.contactOf(link)
    const uri = this.#uri(line)
    const place = `${own.host}:${own.port};transport=${link.transport.toLowerCase()}`
    const request = makeRequest({
      method,
      uri: contact.uri,
      from: party(uri, { tag: random.hex(16) }),
      to: party(uri),
      callId: `${random.hex(32)}@${address}`,
      cseq: 101,
      extra: [
        ...extra,
        ['User-Agent', 'Cisco-CUCM9.1'],
        ['Date', wall.now().toUTCString()],
        ['Contact', `<sip:${encodeURIComponent(line)}@${place}>`],
      ],
      content,
    })
    return new Promise((resolve) => {
      agent.transactions.send(request, link, {
        onProvisional: () => {},
        onFinal: ({ status }) => resolve(status),
        onFailure: () => resolve(0),
      })
    })
  }

  #uri(line: string): string {
    return `sip:${encodeURIComponent(line)}@${this.#options.cluster.configuration.fqdn}`
  }
}
