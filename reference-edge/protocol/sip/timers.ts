/** Milliseconds of RFC 3261 §17, table 4, all from T1, T2 and T4. */
export interface TransactionTimers {
  readonly t1: number
  readonly t2: number
  readonly t4: number
  /** B, F, H, L, M and J on unreliable transports: 64*T1. */
  readonly timeout: number
  /** D on unreliable transports: at least 32 s. */
  readonly d: number
  /** A server transaction answers an INVITE with 100 by itself after this (§17.2.1). */
  readonly trying: number
}

export const standardTimers: TransactionTimers = {
  t1: 500,
  t2: 4000,
  t4: 5000,
  timeout: 32_000,
  d: 32_000,
  trying: 200,
}
