import type { Endpoint } from '#runtime/network.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { AdmissionStatus } from '../admission.ts'
import type { CallHistory, CallRecord, EndedCall } from '../call-history.ts'
import type { Search } from '../search-history.ts'
import type { Usage } from '../usage-gauge.ts'
import type { EdgeCall } from './call-table.ts'
import type { EdgeContext } from './edge-context.ts'

export interface SipEdgeStatus {
  readonly listeners: readonly Endpoint[]
  readonly connections: number
  readonly registrations: readonly RegistrationStatus[]
  readonly calls: readonly CallStatus[]
  /** Newest first; at most 500. */
  readonly callHistory: readonly EndedCall[]
  /** Since the start. */
  readonly callCounts: ReturnType<CallHistory['counts']>
  readonly admission: AdmissionStatus
  readonly registrationUsage: Usage
  /** Newest first; at most 255. */
  readonly searchHistory: readonly Search[]
  readonly transactions: TransactionLayer['counters']
  /** How often the Control was asked about credentials, and how many answers are remembered. */
  readonly credentials: { readonly asked: number; readonly cached: number }
}

export interface RegistrationStatus {
  readonly aor: string
  readonly user: string
  readonly contact: string
  readonly peer: string
  /** Address of the Control that holds it. */
  readonly control: string
  readonly expires: string
}

/** A call with its component (wire facts §10.8): on the Expressway one. */
export interface CallStatus extends CallRecord {
  readonly media: unknown
}

/** What there is to tell beside the listeners. */
export function edgeStatus(context: EdgeContext, asked: number): Omit<SipEdgeStatus, 'listeners'> {
  const { sessions, calls, admission, searches, gate, layer } = context
  return {
    connections: sessions.connections,
    registrations: sessions.registrations.map(({ aor, user, contact, session, control, expiresAt }) => ({
      aor,
      user,
      contact,
      control,
      peer: `${session.flow.remote.address}:${session.flow.remote.port}`,
      expires: new Date(expiresAt).toISOString(),
    })),
    calls: calls.calls.map((call) => callStatus(context, call)),
    callHistory: calls.history.list(),
    callCounts: calls.history.counts(),
    admission: admission.status(),
    registrationUsage: sessions.usage(),
    searchHistory: searches.list(),
    transactions: layer.counters,
    credentials: { asked, cached: gate.cached },
  }
}

function callStatus({ calls }: EdgeContext, call: EdgeCall): CallStatus {
  return {
    ...calls.record(call),
    media: call.media.streams.map((stream) => ({ label: stream.label, ...stream.statistics() })),
  }
}
