import { waitFor } from '#runtime/wait.ts'
import type { FirewallProfile } from '../fabric/static-nat.ts'
import type { Lab } from '../lab.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Firewall, single NIC with static NAT. It can be shown where the lab can have a firewall of its own. */
export function staticNatWithoutReflection(): FieldIssue {
  return {
    name: 'static-nat-no-reflection',
    topology: 'static-nat',
    ids: ['FW-03', 'FW-05', 'FW-06'],
    guide: 'Unified Communications prerequisites, firewall configuration',
    symptom: '502 Next Hop Connection Failed',
    cause:
      'VCS Expressway with a single NIC and static NAT: the external firewall does not let the VCS Control reach its ' +
      'external FQDN (NAT reflection)',
    adminSees: 'Control, Status > Unified Communications: traversal zone Failed, "Connection to peer timed out"',
    remedy: 'a firewall rule that reflects the external address to the inside, or an Expressway with dual NICs',
    tellTale:
      'nothing is refused: zone, SSH tunnel and XCP link all time out, while clients outside reach the Expressway',
    lookAlikes: ['wrong zone password: the connection stands, the zone says "Authentication failed"'],
    apply: async (lab) => {
      await use(lab, 'no-reflection')
      await waitFor('the Control to miss its Expressway', async () => !(await isReady(lab)), { limitMs: 5_000 })
    },
    async mend(lab) {
      await use(lab, 'reflection')
      await lab.host(control).management.call('retry')
      // Where it stays away, the exercise tells.
      await lab.ready().catch(() => {})
    },
    async exercise(lab) {
      const alice = lab.endpoint('alice')
      await alice.call('signOut')
      const { error } = await alice.signIn()
      if (error === undefined) return { outcome: 'works', says: 'Alice is signed in' }
      const says = `refused: ${error.status ?? ''} ${error.says} (${error.token})`
      return { outcome: error.status === 502 ? 'symptom' : 'something else', says }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'HTTP' && to === 'alice' && summary.startsWith('502 '),
  }
}

const control = 'vcsc1'

function use(lab: Lab, profile: FirewallProfile): Promise<void> {
  return lab.staticNat.change({ profile, isOpenInside: false })
}

async function isReady(lab: Lab): Promise<boolean> {
  return (await lab.host(control).management.call<{ ready: boolean }>('state')).ready
}
