import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import { allowedMethods } from '../sip/call-leg.ts'
import type { SipTrunk, Trunks } from './trunks.ts'

export interface TrunkRequestsOptions {
  readonly trunks: Trunks
  readonly wall: WallClock
  readonly random: Random
  readonly nodeName: () => string
  readonly invite: (request: SipRequest, transaction: ServerTransaction, trunk: SipTrunk) => void
  /** What comes in on a shared port from elsewhere than a trunk's destination. */
  readonly line: (request: SipRequest, transaction: ServerTransaction) => void
}

/** What Unified CM answers on a port where trunks come in (wire facts §6.9): calls and OPTIONS, no registrations. */
export class TrunkRequests {
  readonly #options: TrunkRequestsOptions

  constructor(options: TrunkRequestsOptions) {
    this.#options = options
  }

  async receive(request: SipRequest, transaction: ServerTransaction): Promise<void> {
    const { trunks, line, invite } = this.#options
    const { link } = transaction
    const trunk = await trunks.of(link)
    if (trunk === undefined) return trunks.isShared(link) ? line(request, transaction) : this.#stranger(transaction)
    switch (request.method) {
      case 'INVITE':
        return invite(request, transaction, trunk)
      case 'OPTIONS':
        return this.#respond(transaction, 200, [['Allow', trunkMethods]])
      case 'REGISTER':
        return this.#respond(transaction, 405, [['Allow', trunkMethods], this.#warning('SIP trunk disallows REGISTER')])
      case 'SUBSCRIBE':
        return this.#respond(transaction, 489)
      case 'BYE':
      case 'NOTIFY':
        return this.#respond(transaction, 481)
      default:
        return this.#respond(transaction, 405, [['Allow', trunkMethods]])
    }
  }

  #stranger(transaction: ServerTransaction): void {
    const { remote, connection } = transaction.link
    const says =
      `Unable to find a device handler for the request received on port ${connection.local.port} ` +
      `from ${remote.address}`
    this.#respond(transaction, 503, [this.#warning(says)])
  }

  #warning(says: string): HeaderLine {
    return ['Warning', `399 ${this.#options.nodeName()} "${says}"`]
  }

  #respond(transaction: ServerTransaction, status: number, extra: readonly HeaderLine[] = []): void {
    const { wall, random } = this.#options
    const own: HeaderLine[] = [
      ['Date', wall.now().toUTCString()],
      ['Server', 'Cisco-CUCM9.1'],
    ]
    transaction.respond({ status, toTag: random.hex(16), extra: [...own, ...extra] })
  }
}

const trunkMethods = allowedMethods
  .split(', ')
  .filter((method) => method !== 'REGISTER')
  .join(', ')
