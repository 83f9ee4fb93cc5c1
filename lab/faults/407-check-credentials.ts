import type { Lab } from '../lab.ts'
import type { VcsDocument } from '../vcs/vcs-document.ts'
import { withRows } from '../vcs/vcs-document.ts'
import { callUntilSettled, signedIn } from './client-state.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, Call failures due to "407 proxy authentication required" or "500 Internal Server Error". */
export function checkCredentials407(): FieldIssue {
  return {
    name: '407-check-credentials',
    ids: ['TRB-407-01', 'TRB-407-02', 'TRAV-18'],
    guide: 'Appendix 1, Call failures due to "407 proxy authentication required" or "500 Internal Server Error" errors',
    symptom: '407 Proxy Authentication Required, or 500 Internal Server Error',
    cause: 'Authentication policy of the Unified Communications traversal zone is "Check credentials"',
    adminSees: 'Configuration > Zones > Zones, Traversal zone: Authentication policy "Check credentials"',
    remedy: 'set Authentication policy to "Do not check credentials" on both traversal zones',
    tellTale: 'registration and IM work, every call fails at once with 407 or 500',
    lookAlikes: ['403-ntp: every service is refused', 'a wrong dial plan: 404 from Unified CM'],
    apply: (lab) => setPolicy(lab, 'Check credentials'),
    mend: (lab) => setPolicy(lab, 'Do not check credentials'),
    async exercise(lab) {
      const [alice, carol] = [lab.endpoint('alice'), lab.endpoint('carol')]
      await Promise.all([signedIn(alice), signedIn(carol)])
      const call = await callUntilSettled(alice, carol.user.line)
      if (call.state === 'connected') {
        await alice.call('hangUp', { callId: call.id })
        return { outcome: 'works', says: `the call to ${carol.user.line} connected` }
      }
      const says = `the call to ${carol.user.line} ended with ${call.status} ${call.reason ?? ''}`
      return { outcome: call.status === 407 || call.status === 500 ? 'symptom' : 'something else', says }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'SIP' && to === 'alice' && /^(407|500) .*\(INVITE\)/.test(summary),
  }
}

function setPolicy(lab: Lab, policy: string): Promise<void> {
  return lab.reconfigure<VcsDocument>('vcsc1', (document) =>
    withRows(document, 'Configuration > Zones > Zones', (zones) =>
      zones.map((zone) => ({ ...zone, 'Authentication policy': policy })),
    ),
  )
}
