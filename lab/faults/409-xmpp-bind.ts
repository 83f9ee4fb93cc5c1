import type { Lab } from '../lab.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, Jabber cannot sign in due to XMPP bind failure. */
export function xmppBind409(): FieldIssue {
  return {
    name: '409-xmpp-bind',
    ids: ['TRB-BIND-01', 'TRB-BIND-02', 'TRB-BIND-04'],
    guide: 'Appendix 1, Jabber cannot sign in due to XMPP bind failure',
    symptom: 'Cannot communicate with the server',
    cause: 'the IM and Presence Intercluster Sync Agent does not work: the user is known at two clusters',
    adminSees: 'Cisco Unified Serviceability of IM and Presence, Control Center: Cisco Intercluster Sync Agent stopped',
    remedy: 'repair the Intercluster Sync Agent',
    tellTale: 'the XMPP stream authenticates and the bind is answered 409 conflict; the phone registers and calls work',
    lookAlikes: [
      'IM and Presence services off for the domain: no XMPP server is offered at all',
      'a wrong one-time password: SASL fails before the bind',
    ],
    apply: (lab) => setSyncAgent(lab, false),
    mend: (lab) => setSyncAgent(lab, true),
    async exercise(lab) {
      const alice = lab.endpoint('alice')
      const { stages, error } = await alice.signIn()
      if (error === undefined) return { outcome: 'works', says: 'Alice is signed in with IM and phone' }
      const failed = stages.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
      const isBindAlone = error.status === 409 && failed.join() === 'im-connect'
      return { outcome: isBindAlone ? 'symptom' : 'something else', says: `${failed.join(', ')}: ${error.says}` }
    },
    isSymptomMessage: ({ protocol, bytes, to }) =>
      protocol === 'XMPP' && to === 'alice' && bytes.toString('utf8').includes('<conflict'),
  }
}

/** The user stays known at the other cluster; with the agent running that does no harm. */
async function setSyncAgent(lab: Lab, interclusterSyncAgent: boolean): Promise<void> {
  const { management } = lab.host('imp1')
  await management.call('set', { services: { interclusterSyncAgent }, usersAtOtherNodes: ['alice'] })
}
