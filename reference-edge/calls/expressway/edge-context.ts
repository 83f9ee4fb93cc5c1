import type { HostEnvironment } from '#runtime/host.ts'
import type { Log } from '#runtime/log.ts'
import type { ReportFailure } from '../../protection/failure-category.ts'
import { sipProductName } from '../../product-name.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import { createResponse, type SipMessage, type SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { EdgeMediaRelay } from '../../traversal/media/edge-media-relay.ts'
import type { TraversalServerZone } from '../../traversal/server-zone.ts'
import type { CallAdmission } from '../admission.ts'
import type { SearchHistory } from '../search-history.ts'
import type { CallTable } from './call-table.ts'
import type { KnownControls } from './client-decision.ts'
import type { ClientDialler } from './client-dialler.ts'
import type { ClientSessions } from './client-sessions.ts'
import type { ChallengeStatus, DigestGate } from './digest-gate.ts'
import type { ForwardedTransaction } from './forwarded-transaction.ts'
import type { Side } from './forwarding.ts'
import type { RemoteAccess } from './remote-access.ts'

/** Page Zones › Edit zone, Authentication policy, of the traversal zone. */
export type AuthenticationPolicy = 'Do not check credentials' | 'Check credentials' | 'Treat as authenticated'

export interface SipEdgeZone extends TraversalServerZone {
  readonly authenticationPolicy: AuthenticationPolicy
}

export interface SipEdgeSettings {
  readonly challenge: ChallengeStatus
  /** Proxied registrations at one time. */
  readonly registrationLimit: number
  /** No new calls or registrations. Default no. */
  readonly isInMaintenance?: boolean
}

/** What the parts of the Expressway's SIP edge share. */
export interface EdgeContext {
  readonly environment: HostEnvironment
  readonly log: Log
  readonly layer: TransactionLayer
  readonly remoteAccess: RemoteAccess
  readonly sessions: ClientSessions
  /** Opens connections to clients that have lost theirs. */
  readonly dialler: Pick<ClientDialler, 'reach'>
  readonly calls: CallTable
  readonly admission: CallAdmission
  readonly searches: SearchHistory
  readonly gate: DigestGate
  readonly relay: Pick<EdgeMediaRelay, 'open'>
  /** Requests under way, found by their server transaction for CANCEL. */
  readonly forwarded: WeakMap<ServerTransaction, ForwardedTransaction>
  readonly sides: { readonly client: Side; readonly control: Side }
  readonly isOwnHost: (host: string) => boolean
  /** All traversal server zones, and the one of remote access. */
  readonly zones: () => readonly SipEdgeZone[]
  readonly zone: () => SipEdgeZone | undefined
  readonly settings: () => SipEdgeSettings
  /** For the automated protection. */
  readonly onFailure: ReportFailure
  /** The Controls as learnt by the provisioning exchange. */
  readonly control: () => KnownControls | undefined
}

export interface LocalAnswer {
  readonly status: number
  readonly reason: string
  /** For the Warning header and nobody else. */
  readonly why?: string
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
}

/** Answers a request here. */
export function answerHere(context: EdgeContext, transaction: ServerTransaction, answer: LocalAnswer): void {
  const { environment, sides } = context
  const { status, reason, why, headers = [] } = answer
  const warning = why === undefined ? [] : [['Warning', `399 ${sides.client.address}:5061 "${why}"`] as const]
  transaction.respond(
    createResponse(transaction.request, status, reason, {
      toTag: environment.network.random.hex(16),
      headers: [['Server', sipProductName], ...warning, ...headers],
    }),
  )
}

/** Answers a CANCEL and cancels what it is for (RFC 3261 §16.10). */
export function answerCancel(context: EdgeContext, transaction: ServerTransaction): void {
  const invite = context.layer.inviteOf(transaction)
  if (invite === undefined) {
    return answerHere(context, transaction, { status: 481, reason: 'Call/Transaction Does Not Exist' })
  }
  answerHere(context, transaction, { status: 200, reason: 'OK' })
  invite.divertRefusals(undefined)
  context.forwarded.get(invite)?.cancel()
}

/** A line of the event log about a SIP message, with the names of the guide's event log. */
export function logSipEvent(
  context: EdgeContext,
  event: string,
  about: { flow: SipFlow & { readonly transport?: 'TLS' | 'TCP' }; message?: SipMessage },
  details: Record<string, unknown> = {},
): void {
  const { flow, message } = about
  context.log.info(event, {
    Service: 'SIP',
    'Src-ip': flow.remote.address,
    'Src-port': flow.remote.port,
    Protocol: flow.transport ?? 'TLS',
    ...(message === undefined ? {} : factsOf(message)),
    ...details,
    Level: 1,
  })
}

function factsOf(message: SipMessage): Record<string, unknown> {
  const tag = message.first('x-taatag')
  return {
    ...(message.kind === 'request' ? { Method: message.method, 'Request-URI': message.requestUri } : {}),
    'Src-alias': message.from?.uri,
    'Dst-alias': message.to?.uri,
    'Call-id': message.callId,
    ...(tag === undefined ? {} : { Tag: tag }),
  }
}

/** Whether a request opens something new: it has no To tag. */
export function isOutOfDialog(request: SipRequest): boolean {
  return request.toTag === undefined
}
