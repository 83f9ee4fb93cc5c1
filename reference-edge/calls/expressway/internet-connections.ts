import type { Timer } from '#runtime/clock.ts'
import type { Connection } from '#runtime/network.ts'
import { SipConnection } from '../../protocol/sip/connection.ts'
import { sayGoodbye } from './lost-dialog.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage } from '../../protocol/sip/message.ts'
import type { ClientSession } from './client-session.ts'
import { type EdgeContext, logSipEvent } from './edge-context.ts'
import { stripInternalHeaders } from './internal-headers.ts'

interface OpenOptions {
  readonly isDialled?: boolean
  readonly neighbor?: string
  readonly onClose?: (why: string) => void
}

/** The connections of the internet, whoever opened them. */
export class InternetConnections {
  readonly #context: () => EdgeContext
  #isStopped = false

  constructor(context: () => EdgeContext) {
    this.#context = context
  }

  /** From here on nothing is taken in any more, and nobody is told of connections that close. */
  stop(): void {
    this.#isStopped = true
  }

  /** `neighbor`: the zone that it belongs to; such a connection is kept whether there are calls or not. */
  open(connection: Connection, { isDialled = false, neighbor, onClose }: OpenOptions = {}): ClientSession {
    const { environment, sessions } = this.#context()
    const flow = new SipConnection(connection, {
      network: environment.network,
      isDialled,
      onMessage: (message) => this.#receive(message, flow),
      onRefused: (refusal) => logSipEvent(this.#context(), 'Decode Error', { flow }, { Detail: refusal.fault }),
      onClose: (_, why) => {
        unproven?.cancel()
        onClose?.(why)
        this.#closed(flow)
      },
    })
    const session = sessions.open(flow, neighbor)
    const unproven = neighbor === undefined ? this.#closeUnproven(session) : undefined
    return session
  }

  /**
   * A place among the connections is for clients and calls: who has neither proved to be a client by now nor has a call
   * gives it back.
   */
  #closeUnproven(session: ClientSession): Timer {
    const { environment, calls } = this.#context()
    const { flow } = session
    let timer: Timer
    const wait = () => {
      timer = environment.clocks.monotonic.after(provingMs, () => {
        if (session.user !== undefined) return
        if (calls.calls.some((call) => call.flow === flow)) wait()
        else flow.close('not authenticated')
      })
    }
    wait()
    return { cancel: () => timer.cancel() }
  }

  #receive(message: SipMessage, flow: SipFlow): void {
    if (this.#isStopped) return
    if (message.kind === 'response') stripInternalHeaders(message)
    this.#context().layer.receive(message, flow)
  }

  #closed(flow: SipFlow): void {
    const context = this.#context()
    if (this.#isStopped) return
    context.layer.flowClosed(flow)
    for (const call of context.calls.calls) if (call.flow.id === flow.id) sayGoodbye(context, call, 'control')
    context.calls.endAll('client connection lost', (call) => call.flow.id === flow.id && !call.way.isToPartner)
    context.calls.endAll('connection lost', (call) => call.flow.id === flow.id)
    for (const { aor, user } of context.sessions.close(flow.id)) {
      logSipEvent(context, 'Registration Removed', { flow }, { AOR: `sip:${aor}`, User: user, Reason: 'closed' })
    }
  }
}

/** Real time from the connection of a client to its first good digest. */
const provingMs = 60_000
