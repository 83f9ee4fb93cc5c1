/** One row of System > Time: literal values of the page. */
export interface NtpServerSettings {
  /** IPv4 address or name. */
  readonly address: string
  /**
   * `Private key` is the Autokey of RFC 5906, which this VCS does not speak: such a server is `Rejected` and never
   * asked, rather than asked without proof.
   */
  readonly authentication: 'Disabled' | 'Symmetric key' | 'Private key'
  /** 1 to 65535; for a symmetric key, as `hash` and `key` are. */
  readonly keyId?: number
  readonly hash?: 'MD5' | 'SHA-1'
  /** Up to 20 characters as they are, longer ones hexadecimal. Never shown or logged. */
  readonly key?: string
}

export interface NtpSettings {
  /** Up to five, in the order of the page. */
  readonly servers: readonly NtpServerSettings[]
  /** Whether the host's clock is set by what the servers say. Default true; off: the clock is only compared. */
  readonly isClockCorrected?: boolean
}

/** `Rejected` and `Falseticker` answered, but not with a time to trust; `reason` says why. */
export type NtpServerState = 'Starting' | 'Active' | 'Reachable' | 'Unreachable' | 'Falseticker' | 'Rejected'

export interface NtpServerStatus {
  readonly address: string
  readonly state: NtpServerState
  readonly reason?: string
  /** The IPv4 address that was asked. */
  readonly peer?: string
  readonly stratum?: number
  readonly referenceId?: string
  /** How far the server's clock is ahead of ours at its last good answer. */
  readonly offsetMs?: number
  readonly delayMs?: number
  readonly isAuthenticated?: boolean
}

export interface TimeStatus {
  readonly state: 'Starting' | 'Synchronized' | 'Unsynchronized'
  readonly reason?: string
  /** Of the active server, after the last correction. */
  readonly offsetMs?: number
  readonly lastCorrection?: { readonly at: string; readonly milliseconds: number }
  /** Host time to the next question. */
  readonly pollSeconds: number
  readonly servers: readonly NtpServerStatus[]
}
