import type { Endpoint } from '#runtime/network.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'

/** A line that a client has registered through this VCS. */
export interface ProxiedRegistration {
  /** `1001@cucm1.example.com`, the host in lower case. */
  readonly aor: string
  readonly user: string
  /** The client's own contact, as Unified CM's requests will name it after the Control has put it back. */
  readonly contact: string
  readonly session: ClientSession
  /** Address of the Control that holds it. */
  readonly control: string
  /** Where this VCS may open a connection to its client itself; undefined where the client gave no such place. */
  readonly listening: Endpoint | undefined
  /** Milliseconds of the wall clock. */
  readonly expiresAt: number
}

/** One client connection: who proved to be at its other end, and what was registered over it. */
export interface ClientSession {
  readonly flow: SipConnection
  /** Name of the neighbor zone that it belongs to; undefined for whoever belongs to none. */
  readonly neighbor: string | undefined
  /** Who authenticated, and until when that counts without asking again; milliseconds of the wall clock. */
  user: string | undefined
  provenUntil: number
  /** Digests in a row that were wrong. */
  failures: number
  /** Nanoseconds of the monotonic clock: after too many of them nothing is checked before. */
  blockedUntil: bigint
  readonly registrations: Map<string, ProxiedRegistration>
}
