import type { ViewRow } from '../administration/administered-system.ts'
import type { AdmissionStatus, CallCounter } from '../calls/admission.ts'
import type { Usage } from '../calls/usage-gauge.ts'

/** What of a VCS is in use. */
export interface ResourceUsage {
  readonly admission: AdmissionStatus
  /** Registrations to Unified CM through this VCS. */
  readonly registrations: Usage
  /** Registrations of devices to this VCS itself; undefined where it registers none. */
  readonly ownRegistrations?: number
}

/** Rows of Status > System > Resource usage. */
export function resourceUsageRows({ admission, registrations, ownRegistrations }: ResourceUsage): ViewRow[] {
  const { traversalCalls, remoteSessions, nonTraversalCalls } = admission
  const { video, audio, otherAudio, inSetUp } = traversalCalls
  return [
    row('Unified CM remote sessions', remoteSessions),
    row('VCS traversal calls', traversalCalls),
    { name: '… video', current: video },
    { name: '… audio-only (SIP)', current: audio },
    { name: '… audio-only (H.323, interworked)', current: otherAudio },
    { name: '… in set-up', current: inSetUp },
    row('VCS non-traversal calls', nonTraversalCalls),
    row('Traversal call licenses', admission.traversalLicences),
    row('Non-traversal call licenses', admission.nonTraversalLicences),
    row('Traversal call resources', admission.traversalResources),
    row('Non-traversal call resources', admission.nonTraversalResources),
    row('Proxied registrations to Unified CM', registrations),
    ...(ownRegistrations === undefined ? [] : [{ name: 'Registrations to this VCS', current: ownRegistrations }]),
  ]
}

function row(name: string, { current, peak, refused, limit }: CallCounter & { readonly limit?: number }): ViewRow {
  return { name, current, peak, limit, refused }
}
