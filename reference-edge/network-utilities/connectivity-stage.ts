import { toleratedSeconds } from '../traversal/zone-clocks.ts'

/** One line of the connectivity test. */
export interface ConnectivityStage {
  readonly stage: string
  /** What was tried: a name, `address:port`, a component. */
  readonly target: string
  /** `not run`: an earlier stage it needs has failed. */
  readonly result: 'ok' | 'failed' | 'not run'
  /** What was seen. */
  readonly says: string
  /** What to look at; empty where all is well. */
  readonly hint: string
}

/** What a part of the VCS reports of itself, as its `status()` has it. */
export interface ReportedState {
  readonly state: string
  readonly reason?: string | undefined
}

export function ok(stage: string, target: string, says: string): ConnectivityStage {
  return { stage, target, result: 'ok', says, hint: '' }
}

export function failed(stage: string, target: string, says: string, hint: string): ConnectivityStage {
  return { stage, target, result: 'failed', says, hint }
}

export function notRun(stage: string, target: string, missing: string): ConnectivityStage {
  return { stage, target, result: 'not run', says: `needs ${missing}`, hint: '' }
}

/** The verdict of a component that knows its own state. */
export function reported(
  stage: string,
  target: string,
  { state, reason }: ReportedState,
  hint: string,
): ConnectivityStage {
  const says = reason === undefined ? state : `${state}: ${reason}`
  return state === 'Active' ? ok(stage, target, says) : failed(stage, target, says, hint)
}

/** The same of a traversal zone, which serves nobody while its clocks differ. */
export function reportedZone(
  target: string,
  zone: ReportedState & { readonly clockDifferenceSeconds?: number },
  hint: string,
): ConnectivityStage {
  const difference = Math.abs(zone.clockDifferenceSeconds ?? 0)
  if (zone.state !== 'Active' || difference <= toleratedSeconds) return reported('Traversal zone', target, zone, hint)
  const says = `Active, but the clocks differ by ${difference} s`
  return failed('Traversal zone', target, says, 'Synchronize both VCSs to a reliable NTP server (System > Time)')
}
